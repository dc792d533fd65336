package io.github.tintype.cpu;

/**
 * A range 0…total cut into {@code parts} contiguous parts whose sizes differ by at most one granule.
 *
 * @param granule each part but the last is a multiple of this
 */
record Split(long total, int parts, long granule) {
    /** As many parts as asked for, but none smaller than {@code granule} except a last one. At least one. */
    static Split of(long total, long parts, long granule) {
        long granules = Math.max(1, (total + granule - 1) / granule);
        return new Split(total, Math.toIntExact(Math.clamp(parts, 1, granules)), granule);
    }

    long start(int part) {
        long granules = (total + granule - 1) / granule;
        return Math.min(total, (granules / parts * part + Math.min(part, granules % parts)) * granule);
    }

    long size(int part) {
        return start(part + 1) - start(part);
    }

    /**
     * How many slices work of this many operations wants: a multiple of the threads, several for each when it is long, so that
     * threads finish together and cancellation is noticed within half a second.
     */
    static long slices(double operations, int threads) {
        double each = 4e8; // about 5 ms of one core
        long rounds = (long) Math.ceil(operations / each / threads);
        return Math.max(1, Math.min(rounds, 64 + rounds / 8)) * threads;
    }
}
