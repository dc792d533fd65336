package io.github.tintype.cpu;

import io.github.tintype.tensor.DType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.function.LongFunction;

/**
 * A primitive applied to slices of rows, for everything whose rows don't depend on each other: elementwise functions, softmax, layer
 * norm, copies, resampling of images.
 */
final class RowKernel {
    private final Cpu cpu;
    private final Split rows;
    private final int arguments;
    private final Map<Long, Primitive> primitives = new HashMap<>();
    private final Map<Long, Primitive> gathers = new HashMap<>();
    private final WorkerPool.KernelBody slices;

    /**
     * @param count how many rows there are
     * @param granule rows that stay together
     * @param bytes memory traffic of all rows, from which the number of slices follows
     * @param rowBytes for each argument how far its next row is; 0 for one that all rows share
     * @param forRows the primitive for so many rows
     */
    RowKernel(Cpu cpu, long count, long granule, long bytes, List<Long> rowBytes, LongFunction<Primitive> forRows) {
        this(cpu, split(cpu, count, granule, bytes), rowBytes, List.of(forRows));
    }

    /* With two functions the first makes what gathers. */
    private RowKernel(Cpu cpu, Split rows, List<Long> rowBytes, List<LongFunction<Primitive>> forRows) {
        this.cpu = cpu;
        this.rows = rows;
        arguments = rowBytes.size();
        List<Primitive> parts = parts(primitives, forRows.getLast());
        slices = forRows.size() == 1
                ? plain(rowBytes, parts)
                : gathering(rowBytes, parts(gathers, forRows.getFirst()), parts);
    }

    /**
     * A kernel on F32 whose first argument has gaps between its rows, where the primitive can't read it: so many rows are copied to the last
     * argument, the result, in which the primitive then works. A slice stays in the cache between the two.
     *
     * @param size elements of a row
     * @param pitch elements from one row of the first argument to the next; the others are dense
     * @param arguments how many there are, the result included
     * @param forElements the primitive for so many elements, dense
     */
    static RowKernel gathering(
            Cpu cpu, long count, long size, long pitch, int arguments, LongFunction<Primitive> forElements) {
        long bytes = DType.F32.bytes();
        List<Long> rowBytes = new ArrayList<>(Collections.nCopies(arguments, bytes * size));
        rowBytes.set(0, bytes * pitch);
        LongFunction<Primitive> gather = rows -> cpu.dnn()
                .reorder(
                        MemoryDesc.strided(DType.F32, new long[] {rows, size}, new long[] {pitch, 1}),
                        MemoryDesc.dense(DType.F32, rows, size));
        return new RowKernel(
                cpu,
                split(cpu, count, 1, bytes * arguments * count * size),
                rowBytes,
                List.of(gather, rows -> forElements.apply(rows * size)));
    }

    /* 256 KB a slice: large against the cost of a call (a microsecond), small against a cache. */
    private static Split split(Cpu cpu, long count, long granule, long bytes) {
        return Split.of(count, bytes < (64 << 10) ? 1 : Math.max(cpu.threads(), bytes >> 18), granule);
    }

    private List<Primitive> parts(Map<Long, Primitive> known, LongFunction<Primitive> forRows) {
        List<Primitive> parts = new ArrayList<>();
        for (int part = 0; part < rows.parts(); part++) {
            parts.add(known.computeIfAbsent(rows.size(part), forRows::apply));
        }
        return List.copyOf(parts);
    }

    private WorkerPool.KernelBody plain(List<Long> rowBytes, List<Primitive> parts) {
        long stepA = rowBytes.get(0);
        long stepB = rowBytes.get(1);
        long stepC = arguments > 2 ? rowBytes.get(2) : 0;
        long stepD = arguments > 3 ? rowBytes.get(3) : 0;
        return switch (arguments) {
            case 2 ->
                (part, worker, a, b, _, _, _) -> {
                    long row = rows.start(part);
                    parts.get(part).execute(worker, a + row * stepA, b + row * stepB);
                };
            case 3 ->
                (part, worker, a, b, c, _, _) -> {
                    long row = rows.start(part);
                    parts.get(part).execute(worker, a + row * stepA, b + row * stepB, c + row * stepC);
                };
            case 4 ->
                (part, worker, a, b, c, d, _) -> {
                    long row = rows.start(part);
                    parts.get(part).execute(worker, a + row * stepA, b + row * stepB, c + row * stepC, d + row * stepD);
                };
            default -> throw new IllegalArgumentException("rows: got %d arguments, wanted 2 to 4".formatted(arguments));
        };
    }

    private WorkerPool.KernelBody gathering(List<Long> rowBytes, List<Primitive> copies, List<Primitive> parts) {
        long stepA = rowBytes.get(0);
        long stepB = rowBytes.get(1);
        long stepC = arguments > 2 ? rowBytes.get(2) : 0;
        return switch (arguments) {
            case 2 ->
                (part, worker, a, b, _, _, _) -> {
                    long row = rows.start(part);
                    long result = b + row * stepB;
                    copies.get(part).execute(worker, a + row * stepA, result);
                    parts.get(part).execute(worker, result, result);
                };
            case 3 ->
                (part, worker, a, b, c, _, _) -> {
                    long row = rows.start(part);
                    long result = c + row * stepC;
                    copies.get(part).execute(worker, a + row * stepA, result);
                    parts.get(part).execute(worker, result, b + row * stepB, result);
                };
            default -> throw new IllegalArgumentException("rows: got %d arguments, wanted 2 or 3".formatted(arguments));
        };
    }

    /** Addresses in the order of the primitive's arguments. */
    boolean run(BooleanSupplier cancelled, long a, long b) {
        return run(cancelled, 2, a, b, 0, 0);
    }

    /** As {@link #run(BooleanSupplier, long, long)}, with three arguments. */
    boolean run(BooleanSupplier cancelled, long a, long b, long c) {
        return run(cancelled, 3, a, b, c, 0);
    }

    /** As {@link #run(BooleanSupplier, long, long)}, with four arguments. */
    boolean run(BooleanSupplier cancelled, long a, long b, long c, long d) {
        return run(cancelled, 4, a, b, c, d);
    }

    private boolean run(BooleanSupplier cancelled, int count, long a, long b, long c, long d) {
        if (count != arguments) {
            throw new IllegalArgumentException("rows: got %d addresses, wanted %d".formatted(count, arguments));
        }
        return cpu.pool().parallelFor(rows.parts(), slices, cancelled, a, b, c, d, 0);
    }

    /** What the library chose. */
    String implementation() {
        return Objects.requireNonNull(primitives.get(rows.size(0))).implementation();
    }
}
