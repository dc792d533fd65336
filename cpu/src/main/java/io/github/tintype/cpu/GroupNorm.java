package io.github.tintype.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.tintype.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/**
 * Group normalisation of channels-last images with all threads even for one image: mean and variance of each slice of positions,
 * combined in double, then each slice is normalised.
 *
 * <p>The library gives statistics only together with a normalised result, so the first pass writes that into scratch memory; slices
 * are small enough for it to stay in the cache.
 */
final class GroupNorm implements AutoCloseable {
    /** x and result [n,positions,c]. @param postOps applied to the result, e.g. SiLU */
    record Spec(DType dtype, long n, long positions, long c, int groups, double eps, List<PostOp> postOps) {
        Spec {
            postOps = List.copyOf(postOps);
        }
    }

    /* Half of a second-level cache of 512 KB holds a slice and its normalised copy. */
    private static final long SLICE_BYTES = 128 << 10;

    private final Cpu cpu;
    private final Spec spec;
    private final Split slices;
    private final Map<Long, Primitive> statistics = new ConcurrentHashMap<>();
    private final Map<Long, Primitive> normalise = new ConcurrentHashMap<>();

    GroupNorm(Cpu cpu, Spec spec) {
        this.cpu = cpu;
        this.spec = spec;
        long bytes = spec.positions() * spec.c() * spec.dtype().bytes();
        long parts = bytes < 4096
                ? 1
                : Math.max((bytes + SLICE_BYTES - 1) / SLICE_BYTES, (cpu.threads() + spec.n() - 1) / spec.n());
        slices = Split.of(spec.positions(), parts, 1);
        MemoryDesc perGroup = MemoryDesc.dense(DType.F32, 1, spec.groups());
        MemoryDesc perChannel = MemoryDesc.dense(DType.F32, spec.c());
        for (long size : List.of(slices.size(0), slices.size(slices.parts() - 1))) {
            MemoryDesc x = MemoryDesc.nhwc(spec.dtype(), 1, spec.c(), size, 1);
            statistics.computeIfAbsent(size, key -> cpu.dnn().groupStatistics(x, x, perGroup, spec.groups()));
            normalise.computeIfAbsent(
                    size,
                    key -> cpu.dnn()
                            .groupNormalize(x, x, perGroup, perChannel, spec.groups(), spec.eps(), spec.postOps()));
        }
    }

    /** {@code scale} and {@code shift} [c] are f32. */
    boolean run(long src, long scale, long shift, long dst, BooleanSupplier cancelled) {
        int count = Math.toIntExact(spec.n() * slices.parts());
        long row = spec.c() * spec.dtype().bytes();
        long groupBytes = 4L * spec.groups();
        try (Arena arena = Arena.ofShared()) {
            MemorySegment means = arena.allocate(groupBytes * count, 64);
            MemorySegment variances = arena.allocate(groupBytes * count, 64);
            boolean all = cpu.pool()
                    .parallelFor(
                            count,
                            (slice, worker) -> {
                                Primitive primitive = sized(statistics, slice);
                                long copy = (slices.size(slice % slices.parts()) * row + 63) / 64 * 64;
                                long scratch = worker.scratch(copy + primitive.scratchBytes());
                                primitive.executeWith(
                                        worker,
                                        scratch + copy,
                                        src + first(slice) * row,
                                        scratch,
                                        means.address() + slice * groupBytes,
                                        variances.address() + slice * groupBytes);
                            },
                            cancelled);
            if (!all) {
                return false;
            }
            for (int image = 0; image < spec.n(); image++) {
                for (int group = 0; group < spec.groups(); group++) {
                    combine(means, variances, image, group);
                }
            }
            return cpu.pool()
                    .parallelFor(
                            count,
                            (slice, worker) -> sized(normalise, slice)
                                    .execute(
                                            worker,
                                            src + first(slice) * row,
                                            dst + first(slice) * row,
                                            means.address()
                                                    + (long) slice / slices.parts() * slices.parts() * groupBytes,
                                            variances.address()
                                                    + (long) slice / slices.parts() * slices.parts() * groupBytes,
                                            scale,
                                            shift),
                            cancelled);
        }
    }

    private Primitive sized(Map<Long, Primitive> primitives, int slice) {
        Primitive primitive = primitives.get(slices.size(slice % slices.parts()));
        if (primitive == null) {
            throw new IllegalStateException("group norm: no primitive for slice " + slice);
        }
        return primitive;
    }

    private long first(int slice) {
        return (long) slice / slices.parts() * spec.positions() + slices.start(slice % slices.parts());
    }

    /* Leaves the image's statistics where its first slice's were. */
    private void combine(MemorySegment means, MemorySegment variances, int image, int group) {
        int base = image * slices.parts() * spec.groups() + group;
        double mean = 0;
        for (int part = 0; part < slices.parts(); part++) {
            double share = (double) slices.size(part) / spec.positions();
            mean += share * means.getAtIndex(JAVA_FLOAT, base + part * spec.groups());
        }
        double variance = 0;
        for (int part = 0; part < slices.parts(); part++) {
            double share = (double) slices.size(part) / spec.positions();
            double distance = means.getAtIndex(JAVA_FLOAT, base + part * spec.groups()) - mean;
            variance += share * (variances.getAtIndex(JAVA_FLOAT, base + part * spec.groups()) + distance * distance);
        }
        means.setAtIndex(JAVA_FLOAT, base, (float) mean);
        variances.setAtIndex(JAVA_FLOAT, base, (float) variance);
    }

    /** What the library chose for the two passes. */
    String implementation() {
        return sized(statistics, 0).implementation() + "+" + sized(normalise, 0).implementation();
    }

    @Override
    public void close() {
        statistics.values().forEach(Primitive::close);
        normalise.values().forEach(Primitive::close);
    }
}
