package io.github.tintype.cpu;

import io.github.tintype.device.NativeMemory;
import io.github.tintype.loop.template.MatmulTemplate;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import java.lang.foreign.MemorySegment;

/**
 * Lays a weight [n,k] out in the panels of a {@link MatmulTemplate}, in its type. Rows are converted by Java, whose reads of a mapped file that was cut short can be caught, and
 * transposed by the library.
 */
record ProductPanels(Cpu cpu, MatmulTemplate template, long n, long k) {
    /** Bytes of all panels. */
    long bytes() {
        return template.weightElements(n, k) * template.weight().bytes();
    }

    /** Everything that decides the bytes. */
    String key() {
        return "panels %d %s".formatted(template.tile().columns(), template.weight());
    }

    /** The weight lies at {@code weights} as elements of {@code from}. */
    void pack(long weights, DType from, long packed) {
        long columns = template.tile().columns();
        MemoryDesc rows = MemoryDesc.strided(DType.F32, new long[] {columns, k}, new long[] {k, 1});
        MemoryDesc panel = MemoryDesc.strided(DType.F32, new long[] {columns, k}, new long[] {1, columns});
        try (Primitive transpose = cpu.dnn().reorder(rows, panel)) {
            cpu.pool()
                    .parallelFor(
                            Math.toIntExact(template.panels(n)),
                            (number, worker) -> pack(
                                    transpose,
                                    worker,
                                    Math.min(columns, n - number * columns),
                                    weights + number * columns * k * from.bytes(),
                                    from,
                                    packed
                                            + number
                                                    * columns
                                                    * k
                                                    * template.weight().bytes()),
                            () -> false);
        }
    }

    /* A panel of so many rows; the others are 0. */
    private void pack(Primitive transpose, WorkerPool.Worker worker, long rows, long source, DType from, long target) {
        long elements = template.tile().columns() * k;
        long bytes = elements * Float.BYTES;
        long part = NativeMemory.aligned(bytes);
        boolean narrow = template.weight() != DType.F32;
        long buffer = worker.scratch((narrow ? 2 * part : part) + transpose.scratchBytes());
        MemorySegment wide = Native.view(buffer, bytes);
        if (rows < template.tile().columns()) {
            wide.fill((byte) 0);
        }
        HostTensor.convert(
                Native.view(source, rows * k * from.bytes()),
                from,
                wide.asSlice(0, rows * k * Float.BYTES),
                DType.F32,
                rows * k);
        if (!narrow) {
            transpose.executeWith(worker, buffer + part, buffer, target);
            return;
        }
        transpose.executeWith(worker, buffer + 2 * part, buffer, buffer + part);
        HostTensor.convert(
                Native.view(buffer + part, bytes),
                DType.F32,
                Native.view(target, elements * template.weight().bytes()),
                template.weight(),
                elements);
    }
}
