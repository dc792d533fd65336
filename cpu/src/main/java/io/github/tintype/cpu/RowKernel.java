package io.github.tintype.cpu;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.LongFunction;

/**
 * A primitive applied to slices of rows, for everything whose rows don't depend on each other: elementwise functions, softmax, layer
 * norm, copies, resampling of images.
 */
final class RowKernel implements AutoCloseable {
    private final Cpu cpu;
    private final Split rows;
    private final long[] rowBytes;
    private final Map<Long, Primitive> primitives = new ConcurrentHashMap<>();

    /**
     * @param count how many rows there are
     * @param granule rows that stay together
     * @param bytes memory traffic of all rows, from which the number of slices follows
     * @param rowBytes for each argument how far its next row is; 0 for one that all rows share
     * @param forRows the primitive for so many rows
     */
    RowKernel(Cpu cpu, long count, long granule, long bytes, List<Long> rowBytes, LongFunction<Primitive> forRows) {
        this.cpu = cpu;
        // 256 KB a slice: large against the cost of a call (a microsecond), small against a cache.
        long parts = bytes < (64 << 10) ? 1 : Math.max(cpu.threads(), bytes >> 18);
        this.rows = Split.of(count, parts, granule);
        this.rowBytes = rowBytes.stream().mapToLong(Long::longValue).toArray();
        for (int part = 0; part < rows.parts(); part++) {
            primitives.computeIfAbsent(rows.size(part), forRows::apply);
        }
    }

    /** Addresses in the order of the primitive's arguments. */
    boolean run(BooleanSupplier cancelled, long... addresses) {
        return cpu.pool()
                .parallelFor(
                        rows.parts(),
                        (part, worker) -> {
                            long[] shifted = new long[addresses.length];
                            for (int i = 0; i < addresses.length; i++) {
                                shifted[i] = addresses[i] + rows.start(part) * rowBytes[i];
                            }
                            of(rows.size(part)).execute(worker, shifted);
                        },
                        cancelled);
    }

    private Primitive of(long size) {
        Primitive primitive = primitives.get(size);
        if (primitive == null) {
            throw new IllegalStateException("rows: no primitive for " + size);
        }
        return primitive;
    }

    /** What the library chose. */
    String implementation() {
        return of(rows.size(0)).implementation();
    }

    @Override
    public void close() {
        primitives.values().forEach(Primitive::close);
    }
}
