package io.github.tintype.cpu;

import io.github.tintype.device.NativeMemory;
import io.github.tintype.loop.template.MatmulTemplate;
import io.github.tintype.loop.template.RegisterTile;
import io.github.tintype.tensor.DType;
import java.lang.foreign.MemorySegment;

/**
 * Lays a weight [n,inputs,taps] out in the panels of a {@link RegisterTile}, whose steps are the inputs of each tap after those of the one before, or pairs of them. Rows are converted by Java, whose reads
 * of a mapped file that was cut short can be caught, and transposed by the library.
 *
 * @param type that it is kept in
 * @param taps 1 for a linear layer, those of a convolution's window
 * @param step inputs of a step: 1, or 2, which {@code inputs} is a multiple of
 */
record ProductPanels(Cpu cpu, RegisterTile tile, DType type, long n, long inputs, long taps, int step) {
    /** Of a weight [n,k] for a product. */
    static ProductPanels of(Cpu cpu, MatmulTemplate template, long n, long k) {
        return new ProductPanels(cpu, template.tile(), template.weight(), n, k, 1, template.step());
    }

    private long k() {
        return inputs * taps;
    }

    /** Bytes of all panels. */
    long bytes() {
        return tile.panelElements(n, k()) * type.bytes();
    }

    /** Everything that decides the bytes. */
    String key() {
        return "panels %d of %d taps %s%s".formatted(tile.columns(), taps, type, step == 1 ? "" : " in pairs");
    }

    /** The weight lies at {@code weights} as elements of {@code from}. */
    void pack(long weights, DType from, long packed) {
        long columns = tile.columns();
        try (Primitive transpose = transpose()) {
            cpu.pool()
                    .parallelFor(
                            Math.toIntExact(tile.panels(n)),
                            (number, worker) -> pack(
                                    transpose,
                                    worker,
                                    Math.min(columns, n - number * columns),
                                    weights + number * columns * k() * from.bytes(),
                                    from,
                                    packed + number * columns * k() * type.bytes()),
                            () -> false);
        }
    }

    /* Whether the numbers of a step lie side by side in a row already and are a word together, which the library moves much faster than what is narrower. */
    private boolean movesWords() {
        return taps == 1 && step * type.bytes() == Integer.BYTES;
    }

    private Primitive transpose() {
        long columns = tile.columns();
        if (movesWords()) {
            long[] sizes = {columns, k() / step};
            return cpu.dnn()
                    .reorder(
                            MemoryDesc.strided(DType.I32, sizes, new long[] {k() / step, 1}),
                            MemoryDesc.strided(DType.I32, sizes, new long[] {1, columns}));
        }
        long[] sizes = {columns, taps, inputs / step, step};
        return cpu.dnn()
                .reorder(
                        MemoryDesc.strided(DType.F32, sizes, new long[] {k(), 1, step * taps, taps}),
                        MemoryDesc.strided(DType.F32, sizes, new long[] {step, inputs * columns, step * columns, 1}));
    }

    /* A panel of so many rows; the others are 0. */
    private void pack(Primitive transpose, WorkerPool.Worker worker, long rows, long source, DType from, long target) {
        DType moved = movesWords() ? type : DType.F32;
        long elements = tile.columns() * k();
        long bytes = elements * moved.bytes();
        long part = NativeMemory.aligned(bytes);
        boolean narrow = type != moved;
        long buffer = worker.scratch((narrow ? 2 * part : part) + transpose.scratchBytes());
        MemorySegment all = Native.view(buffer, bytes);
        if (rows < tile.columns()) {
            all.fill((byte) 0);
        }
        worker.convert(
                Native.view(source, rows * k() * from.bytes()),
                from,
                all.asSlice(0, rows * k() * moved.bytes()),
                moved,
                rows * k());
        if (!narrow) {
            transpose.executeWith(worker, buffer + part, buffer, target);
            return;
        }
        transpose.executeWith(worker, buffer + 2 * part, buffer, buffer + part);
        worker.convert(
                Native.view(buffer + part, bytes), moved, Native.view(target, elements * type.bytes()), type, elements);
    }
}
