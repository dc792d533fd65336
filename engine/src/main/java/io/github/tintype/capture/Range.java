package io.github.tintype.capture;

/** What a symbol may be, both ends included. */
record Range(long min, long max) {
    static final Range ANY = new Range(0, Long.MAX_VALUE);

    boolean contains(long value) {
        return min <= value && value <= max;
    }

    @Override
    public String toString() {
        return max == Long.MAX_VALUE ? min + " or more" : min + " to " + max;
    }
}
