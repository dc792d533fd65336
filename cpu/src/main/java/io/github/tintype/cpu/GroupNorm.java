package io.github.tintype.cpu;

import io.github.tintype.tensor.DType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Group normalisation of channels-last f32 images with all threads even for one image.
 *
 * <p>The library's batch normalisation gives the mean and variance of each channel over a slice of positions. From those follow the
 * groups' in double, and a second pass normalises each channel with its group's. The library's own group normalisation goes through the
 * channels of one group at a time: it took 4 times as long (320 channels in 32 groups).
 */
final class GroupNorm {
    /** x and result [n,positions,c]; {@code activations} are applied to the result in this order, e.g. SiLU. */
    record Spec(long n, long positions, int c, int groups, double eps, List<PostOp.Eltwise> activations) {
        Spec {
            activations = List.copyOf(activations);
        }
    }

    /* A slice stays in the second-level cache, and what the statistics leave behind beside it. */
    private static final long SLICE_BYTES = 128 << 10;
    /* The library adds them up in f32, which costs digits of a mean that is large against the deviation. */
    private static final long SLICE_POSITIONS = 512;

    private record Steps(Primitive statistics, Primitive normalise, Optional<Primitive> activate) {}

    private final Cpu cpu;
    private final Spec spec;
    private final Split slices;
    private final Map<Long, Steps> steps = new HashMap<>();
    private final List<Steps> bySlice = new ArrayList<>();
    private final long rowBytes;
    private final WorkerPool.KernelBody measure =
            (slice, worker, src, scratch, _, _, _) -> measure(worker, slice, src, scratch);
    private final WorkerPool.KernelBody combine = (task, _, scratch, _, _, _, _) -> combine(task, scratch);
    private final WorkerPool.KernelBody normalise = (slice, worker, src, scratch, scale, shift, dst) ->
            normalise(worker, slice, src, scratch, scale, shift, dst);

    GroupNorm(Cpu cpu, Spec spec) {
        this.cpu = cpu;
        this.spec = spec;
        rowBytes = 4L * spec.c();
        long bytes = spec.positions() * rowBytes;
        long threads = bytes < 4096 ? 1 : (cpu.threads() + spec.n() - 1) / spec.n();
        long positions = (spec.positions() + SLICE_POSITIONS - 1) / SLICE_POSITIONS;
        long parts = Math.max(threads, Math.max(bytes / SLICE_BYTES, positions));
        slices = Split.of(spec.positions(), parts, 1);
        for (int part = 0; part < slices.parts(); part++) {
            bySlice.add(steps.computeIfAbsent(slices.size(part), this::stepsFor));
        }
    }

    private Steps stepsFor(long size) {
        MemoryDesc x = MemoryDesc.nhwc(DType.F32, 1, spec.c(), size, 1);
        MemoryDesc channels = MemoryDesc.dense(DType.F32, spec.c());
        List<PostOp.Eltwise> functions = spec.activations();
        return new Steps(
                cpu.dnn().batchStatistics(x, x, channels),
                cpu.dnn().batchNormalize(x, x, channels, channels, spec.eps()),
                functions.stream()
                        .findFirst()
                        .map(first ->
                                cpu.dnn().eltwise(first, x, x, List.copyOf(functions.subList(1, functions.size())))));
    }

    /** Bytes that {@link #run} needs for statistics: of each slice, then of each image, a row of means and one of variances. */
    long scratchBytes() {
        return 2 * rowBytes * spec.n() * (slices.parts() + 1);
    }

    /** {@code scale} and {@code shift} [c]. {@code dst} may be {@code src}. */
    boolean run(long src, long scale, long shift, long dst, long scratch, BooleanSupplier cancelled) {
        int count = Math.toIntExact(spec.n() * slices.parts());
        int tasks = Math.toIntExact(spec.n() * spec.groups());
        WorkerPool pool = cpu.pool();
        return pool.parallelFor(count, measure, cancelled, src, scratch, 0, 0, 0)
                && pool.parallelFor(tasks, combine, cancelled, scratch, 0, 0, 0, 0)
                && pool.parallelFor(count, normalise, cancelled, src, scratch, scale, shift, dst);
    }

    private void measure(WorkerPool.Worker worker, int slice, long src, long scratch) {
        int part = slice % slices.parts();
        Primitive primitive = bySlice.get(part).statistics();
        long size = (slices.size(part) * rowBytes + 63) / 64 * 64;
        long unused = worker.scratch(size + primitive.scratchBytes());
        long mean = scratch + slice * 2L * rowBytes;
        primitive.executeWith(worker, unused + size, src + first(slice), unused, mean, mean + rowBytes);
    }

    /* Mean and variance of a group: those of its channels and slices, and how far these lie from its mean. */
    private void combine(int task, long scratch) {
        int image = task / spec.groups();
        int width = spec.c() / spec.groups();
        long channel = 4L * (task % spec.groups()) * width;
        long statistics = scratch + 2L * rowBytes * image * slices.parts() + channel;
        double mean = 0;
        for (int part = 0; part < slices.parts(); part++) {
            double sum = 0;
            for (int i = 0; i < width; i++) {
                sum += Native.getFloat(statistics + 2 * rowBytes * part + 4L * i);
            }
            mean += sum / width * slices.size(part) / spec.positions();
        }
        double variance = 0;
        for (int part = 0; part < slices.parts(); part++) {
            double sum = 0;
            for (int i = 0; i < width; i++) {
                long at = statistics + 2 * rowBytes * part + 4L * i;
                double distance = Native.getFloat(at) - mean;
                sum += Native.getFloat(at + rowBytes) + distance * distance;
            }
            variance += sum / width * slices.size(part) / spec.positions();
        }
        long result = scratch + 2L * rowBytes * (spec.n() * slices.parts() + image) + channel;
        for (int i = 0; i < width; i++) {
            Native.setFloat(result + 4L * i, (float) mean);
            Native.setFloat(result + rowBytes + 4L * i, (float) variance);
        }
    }

    private void normalise(
            WorkerPool.Worker worker, int slice, long src, long scratch, long scale, long shift, long dst) {
        Steps primitives = bySlice.get(slice % slices.parts());
        long mean = scratch + 2L * rowBytes * (spec.n() * slices.parts() + slice / slices.parts());
        long target = dst + first(slice);
        long pad = worker.scratch(primitives.normalise().scratchBytes());
        primitives
                .normalise()
                .executeWith(worker, pad, src + first(slice), target, mean, mean + rowBytes, scale, shift);
        if (primitives.activate().isPresent()) {
            primitives.activate().get().execute(worker, target, target);
        }
    }

    /* Bytes from the start of the tensor to a slice. */
    private long first(int slice) {
        return (slice / slices.parts() * spec.positions() + slices.start(slice % slices.parts())) * rowBytes;
    }

    /** What the library chose for statistics and result. */
    String implementation() {
        Steps first = bySlice.getFirst();
        return first.statistics().implementation() + "+" + first.normalise().implementation();
    }
}
