package io.github.tintype.cpu;

import io.github.tintype.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/**
 * 2-D convolution of channels-last images, cut into slices of output rows of one image; where the weights outweigh the image (the
 * innermost levels of a U-Net), into slices of output channels of all images, so that each thread reads its own weights only.
 *
 * <p>Every slice is a dense tensor of its own: the rows above and below that its window needs belong to its source, and where the
 * image ends the slice has padding on that side only.
 */
final class Convolution {
    /**
     * x [n,c,h,w] and result [n,o,h',w'] both channels-last and dense, weight [o,c/groups,kh,kw].
     *
     * @param postOps may hold {@link PostOp.Eltwise} and one {@link PostOp.Operand}
     */
    record Spec(
            DType dtype,
            long n,
            long c,
            long h,
            long w,
            long o,
            int kernelH,
            int kernelW,
            int stride,
            int top,
            int left,
            int bottom,
            int right,
            int dilation,
            int groups,
            boolean bias,
            List<PostOp> postOps) {
        Spec {
            postOps = List.copyOf(postOps);
        }

        /** With the same padding on all sides, as torch has it. */
        static Spec of(
                DType dtype,
                long n,
                long c,
                long h,
                long w,
                long o,
                int kernel,
                int stride,
                int padding,
                boolean bias) {
            return new Spec(
                    dtype, n, c, h, w, o, kernel, kernel, stride, padding, padding, padding, padding, 1, 1, bias,
                    List.of());
        }

        long outH() {
            return (h + top + bottom - (long) dilation * (kernelH - 1) - 1) / stride + 1;
        }

        long outW() {
            return (w + left + right - (long) dilation * (kernelW - 1) - 1) / stride + 1;
        }

        double operations() {
            return 2.0 * n * outH() * outW() * o * c * kernelH * kernelW / groups;
        }
    }

    /*
     * Each slice reads all weights, and the rows around its own: 640 channels at 32² ran at 88 GFLOP/s in slices of 16 rows, at 81 of
     * 4, 70 of 2 and 46 of one.
     */
    private static final int LEAST_ROWS = 4;

    /* Which source rows output rows [from, from + count) read, and how many rows of padding stand in for missing ones. */
    private record Rows(long first, long count, int above, int below) {}

    private record Key(long images, long sourceRows, long outRows, int above, int below, long channels) {}

    /* A slice of rows: what runs it, and where its source begins, in elements from the image's. */
    private record RowSlice(Primitive primitive, long source, long target) {}

    /* A slice of channels: what runs it and what copies its dense result to its place. */
    private record ChannelSlice(Primitive primitive, Primitive copy, long denseBytes) {
        long scratch() {
            return Math.max(primitive.scratchBytes(), copy.scratchBytes());
        }
    }

    private final Cpu cpu;
    private final Spec spec;
    private final boolean byChannels;
    private final Split rows;
    private final Split channels;
    private final Map<Key, Primitive> primitives = new ConcurrentHashMap<>();
    private final Map<Long, Primitive> copies = new ConcurrentHashMap<>();
    private final List<MemoryDesc> layouts = new ArrayList<>();
    private final long[] packedOffsets;
    private final List<RowSlice> rowSlices = new ArrayList<>();
    private final List<ChannelSlice> channelSlices = new ArrayList<>();
    private final WorkerPool.KernelBody slices;
    private final Optional<PostOp.Reach> reach;

    Convolution(Cpu cpu, Spec spec) {
        this.cpu = cpu;
        this.spec = spec;
        long wanted = Split.slices(spec.operations(), cpu.threads());
        long pixels = spec.n() * spec.outH() * spec.outW();
        byChannels = splitsChannels(cpu, spec) && !Operands.in(spec.postOps());
        reach = Operands.reach(spec.postOps());
        rows = byChannels
                ? Split.of(spec.outH(), 1, 1)
                : Split.of(spec.outH(), (wanted + spec.n() - 1) / spec.n(), fewRows(cpu, spec) ? 1 : LEAST_ROWS);
        channels = byChannels ? Split.of(spec.o(), wanted, 64) : Split.of(spec.o(), 1, 1);
        packedOffsets = new long[channels.parts() + 1];
        for (int part = 0; part < channels.parts(); part++) {
            // A slice from the middle chooses the layout: most slices are like it.
            int middle = rows.parts() / 2;
            MemoryDesc layout = primitive(middle, channels.size(part), weights(channels.size(part), true))
                    .layout(OneDnn.WEIGHTS);
            layouts.add(layout);
            packedOffsets[part + 1] = packedOffsets[part] + (layout.bytes() + 63) / 64 * 64;
            if (byChannels) {
                channelSlices.add(channelSlice(part, pixels));
            }
        }
        for (int row = 0; row < rows.parts() && !byChannels; row++) {
            rowSlices.add(new RowSlice(
                    primitive(row, spec.o(), layouts.getFirst()),
                    source(row).first() * spec.w() * spec.c(),
                    rows.start(row) * spec.outW() * spec.o()));
        }
        slices = byChannels
                ? (part, worker, src, weights, bias, dst, _) -> channelSlice(worker, part, src, weights, bias, dst)
                : this::rowSlice;
    }

    /** Whether slices of output channels are better than slices of rows for these sizes: few pixels, many weights. */
    static boolean splitsChannels(Cpu cpu, Spec spec) {
        return spec.groups() == 1
                && (spec.n() * spec.outH() * spec.outW() <= 512 || fewRows(cpu, spec))
                && spec.o() >= 64L * cpu.threads();
    }

    private static boolean fewRows(Cpu cpu, Spec spec) {
        return spec.n() * spec.outH() < 2L * LEAST_ROWS * cpu.threads();
    }

    private ChannelSlice channelSlice(int part, long pixels) {
        long size = channels.size(part);
        Primitive copy = copies.computeIfAbsent(
                size,
                absent -> cpu.dnn()
                        .reorder(
                                MemoryDesc.dense(spec.dtype(), pixels, size),
                                MemoryDesc.strided(spec.dtype(), new long[] {pixels, size}, new long[] {spec.o(), 1})));
        long denseBytes = (pixels * size * spec.dtype().bytes() + 63) / 64 * 64;
        return new ChannelSlice(primitive(0, size, layouts.get(part)), copy, denseBytes);
    }

    private Rows source(int part) {
        long from = rows.start(part) * spec.stride() - spec.top();
        long last = rows.start(part + 1) - 1;
        long to = last * spec.stride() - spec.top() + (long) spec.dilation() * (spec.kernelH() - 1) + 1;
        long first = Math.clamp(from, 0, spec.h());
        long end = Math.clamp(to, first, spec.h());
        return new Rows(first, end - first, Math.toIntExact(first - from), Math.toIntExact(Math.max(0, to - end)));
    }

    private MemoryDesc weights(long o, boolean packed) {
        long[] sizes = spec.groups() == 1
                ? new long[] {o, spec.c(), spec.kernelH(), spec.kernelW()}
                : new long[] {
                    spec.groups(), spec.o() / spec.groups(), spec.c() / spec.groups(), spec.kernelH(), spec.kernelW()
                };
        return packed ? MemoryDesc.any(spec.dtype(), sizes) : MemoryDesc.dense(spec.dtype(), sizes);
    }

    private Primitive primitive(int part, long o, MemoryDesc weights) {
        Rows source = source(part);
        long images = byChannels ? spec.n() : 1;
        long outRows = rows.size(part);
        Key key = new Key(images, source.count(), outRows, source.above(), source.below(), o);
        return primitives.computeIfAbsent(
                key,
                absent -> cpu.dnn()
                        .convolution(
                                MemoryDesc.nhwc(spec.dtype(), images, spec.c(), source.count(), spec.w()),
                                weights,
                                spec.bias() ? Optional.of(MemoryDesc.dense(spec.dtype(), o)) : Optional.empty(),
                                MemoryDesc.nhwc(spec.dtype(), images, o, outRows, spec.outW()),
                                new OneDnn.Window(
                                        spec.stride(),
                                        spec.stride(),
                                        source.above(),
                                        spec.left(),
                                        source.below(),
                                        spec.right(),
                                        spec.dilation(),
                                        spec.dilation()),
                                sliced(images, o, outRows)));
    }

    /* Operands as a slice of so many images, channels and rows sees them. */
    private List<PostOp> sliced(long images, long o, long outRows) {
        return Operands.sliced(spec.postOps(), part -> switch (part) {
            case TENSOR -> MemoryDesc.dense(spec.dtype(), 1, 1, 1, 1);
            case CHANNEL, IMAGE_CHANNEL -> MemoryDesc.dense(spec.dtype(), 1, o, 1, 1);
            case ELEMENT -> MemoryDesc.nhwc(spec.dtype(), images, o, outRows, spec.outW());
        });
    }

    /** Equal for two kernels exactly when they can share packed weights. */
    String packing() {
        StringBuilder key = new StringBuilder("onednn ").append(channels);
        for (MemoryDesc layout : layouts) {
            key.append(' ').append(layout.key());
        }
        return key.toString();
    }

    /** Bytes of the packed weights. */
    long packedBytes() {
        return packedOffsets[channels.parts()];
    }

    /** Writes the weights, dense [o,c/groups,kh,kw] of type {@code from}, into {@code packed}. */
    void pack(long weights, DType from, long packed) {
        long each = spec.c() / spec.groups() * spec.kernelH() * spec.kernelW() * from.bytes();
        for (int part = 0; part < channels.parts(); part++) {
            MemoryDesc.Strided plain = (MemoryDesc.Strided) weights(channels.size(part), false);
            new WeightPacking(cpu, plain, (MemoryDesc.Packed) layouts.get(part), 0)
                    .pack(weights + channels.start(part) * each, from, packed + packedOffsets[part]);
        }
    }

    /** As {@link #run(long, long, long, long, long, BooleanSupplier)}, for a spec without operand. */
    boolean run(long src, long weights, long bias, long dst, BooleanSupplier cancelled) {
        return run(src, weights, bias, dst, 0, cancelled);
    }

    /**
     * @param weights as {@link #pack} wrote them
     * @param bias [o], unused where the spec says none
     * @param operand the address of the spec's {@link PostOp.Operand}, unused where it has none
     */
    boolean run(long src, long weights, long bias, long dst, long operand, BooleanSupplier cancelled) {
        long count = byChannels ? channels.parts() : spec.n() * rows.parts();
        return cpu.pool().parallelFor(Math.toIntExact(count), slices, cancelled, src, weights, bias, dst, operand);
    }

    private void rowSlice(
            int slice, WorkerPool.Worker worker, long src, long weights, long bias, long dst, long operand) {
        RowSlice part = rowSlices.get(slice % rows.parts());
        long image = slice / rows.parts();
        int bytes = spec.dtype().bytes();
        long source = src + (image * spec.h() * spec.w() * spec.c() + part.source()) * bytes;
        long offset = (image * spec.outH() * spec.outW() * spec.o() + part.target()) * bytes;
        long pad = worker.scratch(part.primitive().scratchBytes());
        if (reach.isEmpty()) {
            execute(part.primitive(), worker, pad, source, weights, bias, dst + offset);
            return;
        }
        long own = operand
                + switch (reach.get()) {
                    case TENSOR, CHANNEL -> 0;
                    case IMAGE_CHANNEL -> image * spec.o() * bytes;
                    case ELEMENT -> offset;
                };
        if (spec.bias()) {
            part.primitive().executeWith(worker, pad, source, weights, bias, dst + offset, own);
        } else {
            part.primitive().executeWith(worker, pad, source, weights, dst + offset, own);
        }
    }

    /* The library writes dense tensors only, so the slice goes through scratch memory, which is small here. */
    private void channelSlice(WorkerPool.Worker worker, int part, long src, long weights, long bias, long dst) {
        ChannelSlice slice = channelSlices.get(part);
        long dense = worker.scratch(slice.denseBytes() + slice.scratch());
        long pad = dense + slice.denseBytes();
        long first = channels.start(part) * spec.dtype().bytes();
        execute(slice.primitive(), worker, pad, src, weights + packedOffsets[part], bias + first, dense);
        slice.copy().executeWith(worker, pad, dense, dst + first);
    }

    private void execute(
            Primitive primitive, WorkerPool.Worker worker, long pad, long src, long weights, long bias, long dst) {
        if (spec.bias()) {
            primitive.executeWith(worker, pad, src, weights, bias, dst);
        } else {
            primitive.executeWith(worker, pad, src, weights, dst);
        }
    }

    /** What the library chose for a slice from the middle. */
    String implementation() {
        return primitive(rows.parts() / 2, channels.size(0), layouts.getFirst()).implementation()
                + (byChannels ? " by channels" : "");
    }
}
