package io.github.tintype.cpu;

import io.github.tintype.tensor.DType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/**
 * 2-D convolution of channels-last images, cut into slices of output rows of one image; where the weights outweigh the image (the
 * innermost levels of a U-Net), into slices of output channels of all images, so that each thread reads its own weights only.
 *
 * <p>Every slice is a dense tensor of its own: the rows above and below that its window needs belong to its source, and where the
 * image ends the slice has padding on that side only.
 */
final class Convolution implements AutoCloseable {
    /**
     * x [n,c,h,w] and result [n,o,h',w'] both channels-last and dense, weight [o,c/groups,kh,kw].
     *
     * @param postOps may hold {@link PostOp.Sum} and {@link PostOp.Eltwise}
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

        private boolean sumsIntoResult() {
            return postOps.stream().anyMatch(PostOp.Sum.class::isInstance);
        }
    }

    /* Which source rows output rows [from, from + count) read, and how many rows of padding stand in for missing ones. */
    private record Rows(long first, long count, int above, int below) {}

    private record Key(long images, long sourceRows, long outRows, int above, int below, long channels) {}

    private final Cpu cpu;
    private final Spec spec;
    private final boolean byChannels;
    private final Split rows;
    private final Split channels;
    private final Map<Key, Primitive> primitives = new ConcurrentHashMap<>();
    private final Map<Long, Primitive> copies = new HashMap<>();
    /* By channel part where the slices are those, else by row part. */
    private final Primitive[] bySlice;
    private final Primitive[] copyBySlice;
    private final long[] sourceRow;
    private final WorkerPool.SliceBody body;
    private final List<MemoryDesc> layouts = new ArrayList<>();
    private final long[] packedOffsets;

    Convolution(Cpu cpu, Spec spec) {
        this.cpu = cpu;
        this.spec = spec;
        long wanted = Split.slices(spec.operations(), cpu.threads());
        long pixels = spec.n() * spec.outH() * spec.outW();
        byChannels = spec.groups() == 1 && !spec.sumsIntoResult() && pixels <= 512 && spec.o() >= 64L * cpu.threads();
        rows = byChannels ? Split.of(spec.outH(), 1, 1) : Split.of(spec.outH(), (wanted + spec.n() - 1) / spec.n(), 1);
        channels = byChannels ? Split.of(spec.o(), wanted, 64) : Split.of(spec.o(), 1, 1);
        packedOffsets = new long[channels.parts() + 1];
        bySlice = new Primitive[byChannels ? channels.parts() : rows.parts()];
        copyBySlice = new Primitive[byChannels ? channels.parts() : 0];
        sourceRow = IntStream.range(0, rows.parts())
                .mapToLong(part -> source(part).first())
                .toArray();
        body = byChannels ? this::channelSlice : this::rowSlice;
        for (int part = 0; part < channels.parts(); part++) {
            // A slice from the middle chooses the layout: most slices are like it.
            int middle = rows.parts() / 2;
            MemoryDesc layout = primitive(middle, channels.size(part), weights(channels.size(part), true))
                    .layout(OneDnn.WEIGHTS);
            layouts.add(layout);
            packedOffsets[part + 1] = packedOffsets[part] + (layout.bytes() + 63) / 64 * 64;
            for (int row = 0; row < rows.parts(); row++) {
                bySlice[part + row] = primitive(row, channels.size(part), layout); // one of the two has one part
            }
            if (byChannels) {
                copyBySlice[part] = copies.computeIfAbsent(
                        channels.size(part),
                        size -> cpu.dnn()
                                .reorder(
                                        MemoryDesc.dense(spec.dtype(), pixels, size),
                                        MemoryDesc.strided(
                                                spec.dtype(), new long[] {pixels, size}, new long[] {spec.o(), 1})));
            }
        }
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
                                spec.postOps()));
    }

    /** Equal for two kernels exactly when they can share packed weights. */
    String packing() {
        StringBuilder key = new StringBuilder("onednn ").append(channels);
        for (MemoryDesc layout : layouts) {
            key.append(' ').append(layout instanceof MemoryDesc.Packed packed ? packed.digest() : layout.toString());
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
            MemoryDesc plain = MemoryDesc.dense(
                    from,
                    ((MemoryDesc.Strided) weights(channels.size(part), false))
                            .sizes()
                            .sizes());
            long source = weights + channels.start(part) * each;
            long target = packed + packedOffsets[part];
            try (Primitive reorder = cpu.dnn().reorder(plain, layouts.get(part))) {
                cpu.pool().parallelFor(1, (slice, worker) -> reorder.execute(worker, source, target), () -> false);
            }
        }
    }

    /** {@code weights} as {@link #pack} wrote them; {@code bias} [o] is unused where the spec says none. */
    boolean run(long src, long weights, long bias, long dst, BooleanSupplier cancelled) {
        int slices = byChannels ? channels.parts() : Math.toIntExact(spec.n() * rows.parts());
        return cpu.pool().parallelFor(slices, body, cancelled, src, weights, bias, dst, 0, 0);
    }

    private void rowSlice(int slice, WorkerPool.Worker worker) {
        long image = slice / rows.parts();
        int part = slice % rows.parts();
        int bytes = spec.dtype().bytes();
        long source = worker.address(0) + (image * spec.h() + sourceRow[part]) * spec.w() * spec.c() * bytes;
        long target = worker.address(3) + (image * spec.outH() + rows.start(part)) * spec.outW() * spec.o() * bytes;
        execute(bySlice[part], worker, 0, source, worker.address(1), worker.address(2), target);
    }

    /* The library writes dense tensors only, so the slice goes through scratch memory, which is small here. */
    private void channelSlice(int part, WorkerPool.Worker worker) {
        int bytes = spec.dtype().bytes();
        long size = channels.size(part);
        Primitive primitive = bySlice[part];
        Primitive copy = copyBySlice[part];
        long dense = (spec.n() * spec.outH() * spec.outW() * size * bytes + 63) / 64 * 64;
        long scratch = worker.scratch(dense + Math.max(primitive.scratchBytes(), copy.scratchBytes()));
        long first = channels.start(part);
        long weights = worker.address(1) + packedOffsets[part];
        long bias = worker.address(2) + first * bytes;
        execute(primitive, worker, scratch + dense, worker.address(0), weights, bias, scratch);
        copy.executeWith(worker, scratch + dense, scratch, worker.address(3) + first * bytes);
    }

    private void execute(
            Primitive primitive, WorkerPool.Worker worker, long scratch, long src, long weights, long bias, long dst) {
        long pad = scratch == 0 ? worker.scratch(primitive.scratchBytes()) : scratch;
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

    @Override
    public void close() {
        primitives.values().forEach(Primitive::close);
        copies.values().forEach(Primitive::close);
    }
}
