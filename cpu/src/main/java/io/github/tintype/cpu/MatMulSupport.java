package io.github.tintype.cpu;

import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.Operand;
import io.github.tintype.graph.MatMulOp;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;

/** {@link MatMulOp} by {@link MatMul}: matrices may be transposed or spaced views, leading axes may broadcast. */
record MatMulSupport(Cpu cpu, KernelCache kernels) implements OpSupport<MatMulOp> {
    @Override
    public boolean supports(MatMulOp op, List<TensorType> inputs, TensorType output) {
        return OpSupport.f32(inputs, output);
    }

    @Override
    public List<Layout> inputLayouts(MatMulOp op, List<Operand> inputs, TensorType output) {
        return inputs.stream()
                .map(operand -> isMatrix(operand) ? operand.layout() : OpSupport.contiguous(operand))
                .toList();
    }

    /* Rows or columns are contiguous and don't overlap. */
    private static boolean isMatrix(Operand operand) {
        Shape shape = operand.type().shape();
        int row = shape.rank() - 2;
        int column = shape.rank() - 1;
        long r = shape.size(row) == 1 ? Long.MAX_VALUE : operand.layout().stride(row);
        long c = shape.size(column) == 1 ? Long.MAX_VALUE : operand.layout().stride(column);
        return (c == 1 && r >= shape.size(column)) || (r == 1 && c >= shape.size(row));
    }

    /* Where an axis has size 1 its stride says nothing: use the one of a dense matrix. */
    private static MatMul.Matrix matrix(Operand operand, long batch) {
        Shape shape = operand.type().shape();
        long rows = shape.size(-2);
        long columns = shape.size(-1);
        long row = operand.layout().stride(shape.rank() - 2);
        long column = operand.layout().stride(shape.rank() - 1);
        if (columns == 1) {
            return rows == 1 || row == 1 ? new MatMul.Matrix(batch, 1, rows) : new MatMul.Matrix(batch, row, 1);
        }
        if (rows == 1) {
            return column == 1 ? new MatMul.Matrix(batch, columns, 1) : new MatMul.Matrix(batch, 1, column);
        }
        return new MatMul.Matrix(batch, row, column);
    }

    @Override
    public Lowering lower(MatMulOp op, List<Operand> inputs, TensorType output) {
        Operand a = inputs.get(0);
        Operand b = inputs.get(1);
        Shape shape = output.shape();
        long m = shape.size(-2);
        long n = shape.size(-1);
        // The innermost leading axis is the kernel's batch, the others are walked here.
        List<Long> sizes = new ArrayList<>();
        List<Long> aSteps = new ArrayList<>();
        List<Long> bSteps = new ArrayList<>();
        for (int i = 3; i <= shape.rank(); i++) {
            if (shape.size(-i) != 1) {
                sizes.add(shape.size(-i));
                aSteps.add(leading(a, i));
                bSteps.add(leading(b, i));
            }
        }
        boolean batched = !sizes.isEmpty();
        MatMul.Spec spec = new MatMul.Spec(
                DType.F32,
                DType.F32,
                batched ? sizes.getFirst() : 1,
                m,
                n,
                a.type().shape().size(-1),
                matrix(a, batched ? aSteps.getFirst() : 0),
                matrix(b, batched ? bSteps.getFirst() : 0),
                MatMul.Matrix.dense(m, n),
                false,
                false,
                List.of());
        MatMul kernel = kernels.get(MatMul.class, spec, () -> new MatMul(cpu, spec));
        long repeats = sizes.stream().skip(1).reduce(1L, (x, y) -> x * y);
        return Lowering.of(
                Layout.contiguous(shape),
                arguments -> {
                    for (long i = 0; i < repeats; i++) {
                        kernel.run(
                                arguments.inputAddress(0) + 4 * offset(i, sizes, aSteps),
                                arguments.inputAddress(1) + 4 * offset(i, sizes, bSteps),
                                0,
                                arguments.outputAddress() + 4 * i * spec.batch() * m * n,
                                arguments.cancelled());
                    }
                },
                kernel.implementation());
    }

    private static long leading(Operand operand, int fromEnd) {
        Shape shape = operand.type().shape();
        return shape.rank() < fromEnd || shape.size(-fromEnd) == 1
                ? 0
                : operand.layout().stride(shape.rank() - fromEnd);
    }

    private static long offset(long index, List<Long> sizes, List<Long> steps) {
        long offset = 0;
        long rest = index;
        for (int i = 1; i < sizes.size(); i++) {
            offset += rest % sizes.get(i) * steps.get(i);
            rest /= sizes.get(i);
        }
        return offset;
    }
}
