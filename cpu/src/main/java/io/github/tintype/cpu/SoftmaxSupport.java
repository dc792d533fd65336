package io.github.tintype.cpu;

import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.Operand;
import io.github.tintype.graph.SoftmaxOp;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.TensorType;
import java.util.List;

/** {@link SoftmaxOp} along the last axis, row by row. */
record SoftmaxSupport(Cpu cpu, KernelCache kernels) implements OpSupport<SoftmaxOp> {
    private record Key(long rows, long c) {}

    @Override
    public boolean supports(SoftmaxOp op, List<TensorType> inputs, TensorType output) {
        int rank = output.shape().rank();
        return rank > 0 && output.shape().axis(op.axis()) == rank - 1 && OpSupport.f32(inputs, output);
    }

    @Override
    public List<Layout> inputLayouts(SoftmaxOp op, List<Operand> inputs, TensorType output) {
        return inputs.stream().map(OpSupport::contiguous).toList();
    }

    @Override
    public Lowering lower(SoftmaxOp op, List<Operand> inputs, TensorType output) {
        long c = output.shape().size(-1);
        Key key = new Key(OpSupport.rows(output), c);
        RowKernel kernel = kernels.get(
                RowKernel.class,
                key,
                () -> new RowKernel(cpu, key.rows(), 1, 8 * c * key.rows(), List.of(4 * c, 4 * c), rows -> {
                    MemoryDesc x = MemoryDesc.dense(DType.F32, rows, c);
                    return cpu.dnn().softmax(x, x, 1);
                }));
        return Lowering.of(
                Layout.contiguous(output.shape()),
                arguments -> kernel.run(arguments.cancelled(), arguments.inputAddress(0), arguments.outputAddress()),
                kernel.implementation());
    }
}
