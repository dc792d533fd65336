package io.github.tintype.cpu;

import io.github.tintype.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/**
 * dst[b] = src[b] · weights[b] (+ bias), matrices [m,k]·[k,n], cut into slices of rows, or of columns where there are too few rows
 * for all threads: then each thread reads its own part of the weights only.
 */
final class MatMul implements AutoCloseable {
    /** Element strides of a batch of matrices. */
    record Matrix(long batch, long row, long column) {
        static Matrix dense(long rows, long columns) {
            return new Matrix(rows * columns, columns, 1);
        }
    }

    /**
     * Sizes, strides and types. {@code packed} means that the weights are constant and come in the layout of {@link MatMul#pack};
     * they have batch 1 then, and {@code batch} must be 1 too.
     */
    record Spec(
            DType dtype,
            DType dstDtype,
            long batch,
            long m,
            long n,
            long k,
            Matrix src,
            Matrix weights,
            Matrix dst,
            boolean packed,
            boolean bias,
            List<PostOp> postOps) {
        Spec {
            postOps = List.copyOf(postOps);
            if (packed && batch != 1) {
                throw new IllegalArgumentException(
                        "matmul: got packed weights and batch %d, wanted batch 1".formatted(batch));
            }
        }

        /** x [m,k] · W^T + bias with W [n,k] as torch.nn.Linear keeps it. */
        static Spec linear(DType dtype, long m, long n, long k, boolean bias) {
            return new Spec(
                    dtype,
                    dtype,
                    1,
                    m,
                    n,
                    k,
                    Matrix.dense(m, k),
                    new Matrix(0, 1, k),
                    Matrix.dense(m, n),
                    true,
                    bias,
                    List.of());
        }
    }

    private final Cpu cpu;
    private final Spec spec;
    private final Split rows;
    private final Split columns;
    private final Split batches;
    private final Map<List<Long>, Primitive> primitives = new ConcurrentHashMap<>();
    private final List<MemoryDesc> packedLayouts = new ArrayList<>();
    private final long[] packedOffsets;
    /* Of the tile in row part r and column part c: at c · row parts + r. */
    private final Primitive[] byTile;
    private final WorkerPool.SliceBody body = this::slice;

    MatMul(Cpu cpu, Spec spec) {
        this.cpu = cpu;
        this.spec = spec;
        double operations = 2.0 * spec.batch() * spec.m() * spec.n() * spec.k();
        long wanted = operations < 2e5 ? 1 : Split.slices(operations, cpu.threads());
        batches = Split.of(spec.batch(), wanted, 1);
        long each = (wanted + batches.parts() - 1) / batches.parts();
        boolean byColumns = spec.m() < 16L * cpu.threads() && spec.n() > spec.m();
        rows = byColumns ? Split.of(spec.m(), 1, 1) : Split.of(spec.m(), each, 32);
        columns = byColumns ? Split.of(spec.n(), each, 64) : Split.of(spec.n(), 1, 1);
        packedOffsets = new long[columns.parts() + 1];
        byTile = new Primitive[rows.parts() * columns.parts()];
        for (int column = 0; column < columns.parts(); column++) {
            Primitive first = primitive(rows.size(0), columns.size(column));
            MemoryDesc layout = first.layout(OneDnn.WEIGHTS);
            packedLayouts.add(layout);
            packedOffsets[column + 1] = packedOffsets[column] + align(layout.bytes());
            for (int row = 0; row < rows.parts(); row++) {
                byTile[column * rows.parts() + row] = primitive(rows.size(row), columns.size(column), layout);
            }
        }
    }

    private static long align(long bytes) {
        return (bytes + NativeMemory.ALIGNMENT - 1) / NativeMemory.ALIGNMENT * NativeMemory.ALIGNMENT;
    }

    private Primitive primitive(long m, long n) {
        MemoryDesc weights = spec.packed()
                ? MemoryDesc.any(spec.dtype(), spec.k(), n)
                : MemoryDesc.strided(spec.dtype(), new long[] {spec.k(), n}, new long[] {
                    spec.weights().row(), spec.weights().column()
                });
        return primitive(m, n, weights);
    }

    private Primitive primitive(long m, long n, MemoryDesc weights) {
        return primitives.computeIfAbsent(
                List.of(m, n),
                key -> cpu.dnn()
                        .matmul(
                                MemoryDesc.strided(spec.dtype(), new long[] {m, spec.k()}, new long[] {
                                    spec.src().row(), spec.src().column()
                                }),
                                weights,
                                spec.bias() ? Optional.of(MemoryDesc.dense(spec.dtype(), 1, n)) : Optional.empty(),
                                MemoryDesc.strided(spec.dstDtype(), new long[] {m, n}, new long[] {
                                    spec.dst().row(), spec.dst().column()
                                }),
                                spec.postOps()));
    }

    /** Equal for two kernels exactly when they can share packed weights. */
    String packing() {
        StringBuilder key = new StringBuilder("onednn ").append(columns);
        for (MemoryDesc layout : packedLayouts) {
            key.append(' ').append(layout instanceof MemoryDesc.Packed packed ? packed.digest() : layout.toString());
        }
        return key.toString();
    }

    /** Bytes of the packed weights. */
    long packedBytes() {
        return packedOffsets[columns.parts()];
    }

    /** Writes the weights, which lie at {@code weights} as elements of {@code from} with the spec's strides, into {@code packed}. */
    void pack(long weights, DType from, long packed) {
        for (int column = 0; column < columns.parts(); column++) {
            MemoryDesc plain = MemoryDesc.strided(from, new long[] {spec.k(), columns.size(column)}, new long[] {
                spec.weights().row(), spec.weights().column()
            });
            long source = weights + columns.start(column) * spec.weights().column() * from.bytes();
            long target = packed + packedOffsets[column];
            try (Primitive reorder = cpu.dnn().reorder(plain, packedLayouts.get(column))) {
                cpu.pool().parallelFor(1, (slice, worker) -> reorder.execute(worker, source, target), () -> false);
            }
        }
    }

    /** {@code weights} is the packed address where the spec says packed; {@code bias} is unused where it says none. */
    boolean run(long src, long weights, long bias, long dst, BooleanSupplier cancelled) {
        return cpu.pool().parallelFor(batches.parts() * byTile.length, body, cancelled, src, weights, bias, dst, 0, 0);
    }

    private void slice(int slice, WorkerPool.Worker worker) {
        int part = slice / byTile.length;
        long end = batches.start(part) + batches.size(part);
        for (long batch = batches.start(part); batch < end; batch++) {
            tile(
                    worker,
                    batch,
                    slice % byTile.length,
                    worker.address(0),
                    worker.address(1),
                    worker.address(2),
                    worker.address(3));
        }
    }

    private void tile(WorkerPool.Worker worker, long batch, int tile, long src, long weights, long bias, long dst) {
        int row = tile % rows.parts();
        int column = tile / rows.parts();
        long in = spec.dtype().bytes();
        long m = rows.start(row);
        long n = columns.start(column);
        Primitive primitive = byTile[tile];
        long a = src + (batch * spec.src().batch() + m * spec.src().row()) * in;
        long b = spec.packed()
                ? weights + packedOffsets[column]
                : weights + (batch * spec.weights().batch() + n * spec.weights().column()) * in;
        long c = dst
                + (batch * spec.dst().batch()
                                + m * spec.dst().row()
                                + n * spec.dst().column())
                        * spec.dstDtype().bytes();
        if (spec.bias()) {
            primitive.execute(worker, a, b, bias + n * in, c);
        } else {
            primitive.execute(worker, a, b, c);
        }
    }

    /** What the library chose for the first slice. */
    String implementation() {
        return primitive(rows.size(0), columns.size(0)).implementation();
    }

    @Override
    public void close() {
        primitives.values().forEach(Primitive::close);
    }
}
