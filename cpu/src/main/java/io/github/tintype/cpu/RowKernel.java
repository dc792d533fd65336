package io.github.tintype.cpu;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
    private final Map<Long, Primitive> primitives = new HashMap<>();
    private final Primitive[] byPart;
    private final WorkerPool.SliceBody body = this::slice;

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
        this.byPart = new Primitive[rows.parts()];
        for (int part = 0; part < rows.parts(); part++) {
            byPart[part] = primitives.computeIfAbsent(rows.size(part), forRows::apply);
        }
    }

    /** Addresses in the order of the primitive's arguments. */
    boolean run(BooleanSupplier cancelled, long a, long b) {
        return run(2, cancelled, a, b, 0, 0);
    }

    /** The same for three arguments. */
    boolean run(BooleanSupplier cancelled, long a, long b, long c) {
        return run(3, cancelled, a, b, c, 0);
    }

    /** The same for four arguments. */
    boolean run(BooleanSupplier cancelled, long a, long b, long c, long d) {
        return run(4, cancelled, a, b, c, d);
    }

    private boolean run(int count, BooleanSupplier cancelled, long a, long b, long c, long d) {
        if (count != rowBytes.length) {
            throw new IllegalArgumentException("rows: got %d addresses, wanted %d".formatted(count, rowBytes.length));
        }
        return cpu.pool().parallelFor(rows.parts(), body, cancelled, a, b, c, d, 0, 0);
    }

    private void slice(int part, WorkerPool.Worker worker) {
        long start = rows.start(part);
        long[] addresses = worker.array(rowBytes.length);
        for (int i = 0; i < addresses.length; i++) {
            addresses[i] = worker.address(i) + start * rowBytes[i];
        }
        byPart[part].execute(worker, addresses);
    }

    /** What the library chose. */
    String implementation() {
        return byPart[0].implementation();
    }

    @Override
    public void close() {
        primitives.values().forEach(Primitive::close);
    }
}
