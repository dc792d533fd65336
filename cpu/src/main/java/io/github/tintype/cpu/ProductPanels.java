package io.github.tintype.cpu;

import io.github.tintype.device.NativeMemory;
import io.github.tintype.loop.template.MatmulTemplate;
import io.github.tintype.loop.template.RegisterTile;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
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
        long[] sizes = {columns, taps, inputs / step, step};
        MemoryDesc rows = MemoryDesc.strided(DType.F32, sizes, new long[] {k(), 1, step * taps, taps});
        MemoryDesc panel = MemoryDesc.strided(DType.F32, sizes, new long[] {step, inputs * columns, step * columns, 1});
        try (Primitive transpose = cpu.dnn().reorder(rows, panel)) {
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

    /* A panel of so many rows; the others are 0. */
    private void pack(Primitive transpose, WorkerPool.Worker worker, long rows, long source, DType from, long target) {
        long elements = tile.columns() * k();
        long bytes = elements * Float.BYTES;
        long part = NativeMemory.aligned(bytes);
        boolean narrow = type != DType.F32;
        long buffer = worker.scratch((narrow ? 2 * part : part) + transpose.scratchBytes());
        MemorySegment wide = Native.view(buffer, bytes);
        if (rows < tile.columns()) {
            wide.fill((byte) 0);
        }
        HostTensor.convert(
                Native.view(source, rows * k() * from.bytes()),
                from,
                wide.asSlice(0, rows * k() * Float.BYTES),
                DType.F32,
                rows * k());
        if (!narrow) {
            transpose.executeWith(worker, buffer + part, buffer, target);
            return;
        }
        transpose.executeWith(worker, buffer + 2 * part, buffer, buffer + part);
        HostTensor.convert(
                Native.view(buffer + part, bytes),
                DType.F32,
                Native.view(target, elements * type.bytes()),
                type,
                elements);
    }
}
