package io.github.tintype.cpu;

import io.github.tintype.device.NativeMemory;
import io.github.tintype.tensor.DType;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;

/**
 * Lays one dense weight out as the library wants it. All threads work on slices of output channels, each small enough for a cache: a
 * slice is read and converted by Java, whose reads of a mapped file that was cut short can be caught, and then laid out by the library,
 * whose own conversions take ten times as long.
 */
final class WeightPacking {
    private static final long SLICE_BYTES = 1 << 20;
    /* Output channels that the library keeps together: its blocks are 8 to 64, by processor. */
    private static final List<Long> GRANULES = List.of(16L, 32L, 64L, 192L);

    private final Cpu cpu;
    private final MemoryDesc.Strided plain;
    private final MemoryDesc.Packed layout;
    private final int axis;

    /**
     * @param plain the weight in the type that it is computed in; its slices along {@code axis} are dense and follow each other
     * @param layout where it goes
     */
    WeightPacking(Cpu cpu, MemoryDesc.Strided plain, MemoryDesc.Packed layout, int axis) {
        this.cpu = cpu;
        this.plain = plain;
        this.layout = layout;
        this.axis = axis;
    }

    private long channels() {
        return plain.sizes().size(axis);
    }

    /** Elements of one output channel. */
    private long each() {
        return plain.sizes().elements() / channels();
    }

    /** The weight lies at {@code weights} as elements of {@code from}. */
    void pack(long weights, DType from, long packed) {
        long rows = sliceRows();
        long whole = channels() / rows;
        pack(0, rows, whole, weights, from, packed);
        if (channels() % rows != 0) {
            pack(whole * rows, channels() % rows, 1, weights, from, packed);
        }
    }

    private void pack(long start, long rows, long slices, long weights, DType from, long packed) {
        long source = weights + start * each() * from.bytes();
        long step = slices > 1 ? part(rows, rows).orElseThrow().offset() : 0;
        try (Slices reorder = new Slices(start, rows)) {
            cpu.pool()
                    .parallelFor(
                            Math.toIntExact(slices),
                            (slice, worker) -> reorder.run(
                                    worker, source + slice * rows * each() * from.bytes(), from, packed + slice * step),
                            () -> false);
        }
    }

    /* All channels where the layout can't be cut. */
    private long sliceRows() {
        long wanted = Math.max(1, SLICE_BYTES / (each() * plain.dtype().bytes()));
        for (long granule : GRANULES) {
            long rows = Math.max(granule, wanted / granule * granule);
            if (rows < channels() && isEvenlySpaced(rows)) {
                return rows;
            }
        }
        return channels();
    }

    private boolean isEvenlySpaced(long rows) {
        long last = (channels() - 1) / rows;
        Optional<Descriptors.Part> second = part(rows, Math.min(rows, channels() - rows));
        return second.isPresent()
                && LongStream.rangeClosed(0, last)
                        .allMatch(i -> part(i * rows, Math.min(rows, channels() - i * rows))
                                .filter(part ->
                                        part.offset() == i * second.get().offset())
                                .isPresent());
    }

    private Optional<Descriptors.Part> part(long start, long count) {
        long[] sizes = plain.sizes().sizes().clone();
        sizes[axis] = count;
        long[] from = new long[sizes.length];
        from[axis] = start;
        return cpu.dnn().descriptors.part(layout, sizes, from);
    }

    /* The reorder of so many channels, from a buffer of the thread's. */
    private final class Slices implements AutoCloseable {
        private final long elements;
        private final Primitive reorder;

        Slices(long start, long count) {
            this.elements = count * each();
            long[] sizes = plain.sizes().sizes().clone();
            sizes[axis] = count;
            MemoryDesc source =
                    MemoryDesc.strided(plain.dtype(), sizes, plain.strides().sizes());
            this.reorder = cpu.dnn()
                    .reorder(
                            source,
                            count == channels()
                                    ? layout
                                    : part(start, count).orElseThrow().layout());
        }

        void run(WorkerPool.Worker worker, long source, DType from, long target) {
            long bytes = NativeMemory.aligned(elements * plain.dtype().bytes());
            long buffer = worker.scratch(bytes + reorder.scratchBytes());
            worker.convert(
                    Native.view(source, elements * from.bytes()),
                    from,
                    Native.view(buffer, elements * plain.dtype().bytes()),
                    plain.dtype(),
                    elements);
            reorder.executeWith(worker, buffer + bytes, buffer, target);
        }

        @Override
        public void close() {
            reorder.close();
        }
    }
}
