package io.github.tintype.cpu;

import io.github.tintype.device.NativeMemory;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/**
 * dst[b] = src[b] · weights[b] (+ bias), matrices [m,k]·[k,n], cut into tiles of many rows and of as many columns as leave the part of
 * the weights that a tile reads small.
 */
final class MatMul {
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
            if (packed && (weights.row() != 1 || weights.column() != k)) {
                throw new IllegalArgumentException(
                        "matmul: got packed weights with strides %s, wanted rows of a dense [n,k]".formatted(weights));
            }
            if (packed && batch != 1) {
                throw new IllegalArgumentException(
                        "matmul: got packed weights and batch %d, wanted batch 1".formatted(batch));
            }
        }

        /** The same with these post-ops. */
        Spec with(List<PostOp> others) {
            return new Spec(dtype, dstDtype, batch, m, n, k, src, weights, dst, packed, bias, others);
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

    /* Weights below are read by each slice as a whole, others in parts of at most so many bytes. */
    private static final long SMALL_WEIGHTS = 1 << 20;
    private static final long PART_BYTES = 2 << 20;
    /* A slice of fewer rows reads its weights for too little: 256 rows, 1280→10240: 52 GFLOP/s of a core by 32 rows, 70 by columns. */
    private static final long MANY_ROWS = 256;

    private final Cpu cpu;
    private final Spec spec;
    private final Split rows;
    private final Split columns;
    private final Split batches;
    private final Map<List<Long>, Primitive> primitives = new ConcurrentHashMap<>();
    private final List<MemoryDesc> packedLayouts = new ArrayList<>();
    private final long[] packedOffsets;
    private final List<Primitive> tiles = new ArrayList<>(); // row by row within a column
    private final WorkerPool.KernelBody slices = this::slice;
    private final Optional<PostOp.Reach> reach;

    MatMul(Cpu cpu, Spec spec) {
        this.cpu = cpu;
        this.spec = spec;
        reach = Operands.reach(spec.postOps());
        long wanted = slices(cpu, spec);
        batches = Split.of(spec.batch(), wanted, 1);
        long each = (wanted + batches.parts() - 1) / batches.parts();
        columns = columns(cpu, spec);
        long rowParts = (each + columns.parts() - 1) / columns.parts();
        boolean enough = columns.parts() * Math.max(1, spec.m() / MANY_ROWS) >= cpu.threads();
        rows = Split.of(spec.m(), enough ? Math.clamp(spec.m() / MANY_ROWS, 1, rowParts) : rowParts, 32);
        packedOffsets = new long[columns.parts() + 1];
        for (int column = 0; column < columns.parts(); column++) {
            Primitive first = primitive(rows.size(0), columns.size(column));
            MemoryDesc layout = first.layout(OneDnn.WEIGHTS);
            packedLayouts.add(layout);
            packedOffsets[column + 1] = packedOffsets[column] + NativeMemory.aligned(layout.bytes());
            for (int row = 0; row < rows.parts(); row++) {
                tiles.add(primitive(rows.size(row), columns.size(column), layout));
            }
        }
    }

    private static long slices(Cpu cpu, Spec spec) {
        double operations = 2.0 * spec.batch() * spec.m() * spec.n() * spec.k();
        return operations < 2e5 ? 1 : Split.slices(operations, cpu.threads());
    }

    /** Whether the product of one pair of matrices is cut into tiles of some columns only. */
    static boolean splitsColumns(Cpu cpu, Spec spec) {
        return columns(cpu, spec).parts() > 1;
    }

    private static Split columns(Cpu cpu, Spec spec) {
        long wanted = slices(cpu, spec);
        long batches = Split.of(spec.batch(), wanted, 1).parts();
        return Split.of(spec.n(), columnParts(cpu, spec, (wanted + batches - 1) / batches), 32);
    }

    /* Of packed weights it must not depend on m: products of different heights share them. */
    private static long columnParts(Cpu cpu, Spec spec, long wanted) {
        long most = Math.max(1, spec.n() / 64);
        if (spec.packed()) {
            long bytes = spec.k() * spec.n() * spec.dtype().bytes();
            long rounds = bytes < SMALL_WEIGHTS ? 0 : (bytes / cpu.threads() + PART_BYTES - 1) / PART_BYTES;
            return Math.clamp(rounds * cpu.threads(), 1, most);
        }
        boolean few = spec.m() < 16L * cpu.threads() && spec.n() > spec.m();
        return few ? Math.min(wanted, most) : 1;
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
                                sliced(m, n)));
    }

    /* Operands as a tile of m rows and n columns sees them. */
    private List<PostOp> sliced(long m, long n) {
        return Operands.sliced(spec.postOps(), part -> switch (part) {
            case TENSOR -> MemoryDesc.dense(spec.dtype(), 1, 1);
            case CHANNEL -> MemoryDesc.dense(spec.dtype(), 1, n);
            case IMAGE_CHANNEL -> throw new IllegalStateException("matmul: rows are of no image");
            case ELEMENT ->
                MemoryDesc.strided(spec.dstDtype(), new long[] {m, n}, new long[] {
                    spec.dst().row(), spec.dst().column()
                });
        });
    }

    /** Equal for two kernels exactly when they can share packed weights. */
    String packing() {
        StringBuilder key = new StringBuilder("onednn ").append(columns);
        for (MemoryDesc layout : packedLayouts) {
            key.append(' ').append(layout.key());
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
            MemoryDesc.Strided plain = new MemoryDesc.Strided(
                    spec.dtype(),
                    Shape.of(spec.k(), columns.size(column)),
                    Shape.of(spec.weights().row(), spec.weights().column()));
            long source = weights + columns.start(column) * spec.weights().column() * from.bytes();
            new WeightPacking(cpu, plain, (MemoryDesc.Packed) packedLayouts.get(column), 1)
                    .pack(source, from, packed + packedOffsets[column]);
        }
    }

    /** As {@link #run(long, long, long, long, long, BooleanSupplier)}, for a spec without operand. */
    boolean run(long src, long weights, long bias, long dst, BooleanSupplier cancelled) {
        return run(src, weights, bias, dst, 0, cancelled);
    }

    /**
     * @param weights the packed address where the spec says packed
     * @param bias unused where the spec says none
     * @param operand the address of the spec's {@link PostOp.Operand}, unused where it has none
     */
    boolean run(long src, long weights, long bias, long dst, long operand, BooleanSupplier cancelled) {
        return cpu.pool()
                .parallelFor(batches.parts() * tiles.size(), slices, cancelled, src, weights, bias, dst, operand);
    }

    private void slice(int slice, WorkerPool.Worker worker, long src, long weights, long bias, long dst, long operand) {
        int part = slice / tiles.size();
        long end = batches.start(part) + batches.size(part);
        for (long batch = batches.start(part); batch < end; batch++) {
            tile(worker, batch, slice % tiles.size(), src, weights, bias, dst, operand);
        }
    }

    private void tile(
            WorkerPool.Worker worker, long batch, int tile, long src, long weights, long bias, long dst, long operand) {
        int column = tile / rows.parts();
        long in = spec.dtype().bytes();
        long m = rows.start(tile % rows.parts());
        long n = columns.start(column);
        Primitive primitive = tiles.get(tile);
        long a = src + (batch * spec.src().batch() + m * spec.src().row()) * in;
        long b = spec.packed()
                ? weights + packedOffsets[column]
                : weights + (batch * spec.weights().batch() + n * spec.weights().column()) * in;
        long offset = (batch * spec.dst().batch()
                        + m * spec.dst().row()
                        + n * spec.dst().column())
                * spec.dstDtype().bytes();
        long c = dst + offset;
        if (reach.isEmpty()) {
            if (spec.bias()) {
                primitive.execute(worker, a, b, bias + n * in, c);
            } else {
                primitive.execute(worker, a, b, c);
            }
            return;
        }
        long own = operand
                + switch (reach.get()) {
                    case TENSOR, IMAGE_CHANNEL -> 0;
                    case CHANNEL -> n * in;
                    case ELEMENT -> offset;
                };
        if (spec.bias()) {
            primitive.execute(worker, a, b, bias + n * in, c, own);
        } else {
            primitive.execute(worker, a, b, c, own);
        }
    }

    /** What the library chose for the first slice. */
    String implementation() {
        return primitive(rows.size(0), columns.size(0)).implementation();
    }
}
