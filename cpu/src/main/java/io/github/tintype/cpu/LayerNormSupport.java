package io.github.tintype.cpu;

import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.Operand;
import io.github.tintype.graph.LayerNormOp;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.TensorType;
import java.util.List;
import java.util.Optional;

/** {@link LayerNormOp} row by row. */
record LayerNormSupport(Cpu cpu, KernelCache kernels) implements OpSupport<LayerNormOp> {
    private record Key(long rows, long c, double eps, boolean affine) {}

    @Override
    public boolean supports(LayerNormOp op, List<TensorType> inputs, TensorType output) {
        return inputs.size() != 2 && output.shape().rank() > 0 && OpSupport.f32(inputs, output);
    }

    @Override
    public List<Layout> inputLayouts(LayerNormOp op, List<Operand> inputs, TensorType output) {
        return inputs.stream().map(OpSupport::contiguous).toList();
    }

    @Override
    public Lowering lower(LayerNormOp op, List<Operand> inputs, TensorType output) {
        long c = output.shape().size(-1);
        boolean affine = inputs.size() == 3;
        Key key = new Key(OpSupport.rows(output), c, op.eps(), affine);
        List<Long> steps = affine ? List.of(4 * c, 0L, 0L, 4 * c) : List.of(4 * c, 4 * c);
        RowKernel kernel = kernels.get(
                RowKernel.class,
                key,
                () -> new RowKernel(cpu, key.rows(), 1, 8 * c * key.rows(), steps, rows -> {
                    MemoryDesc x = MemoryDesc.dense(DType.F32, rows, c);
                    return cpu.dnn()
                            .layerNorm(
                                    x,
                                    affine ? Optional.of(MemoryDesc.dense(DType.F32, c)) : Optional.empty(),
                                    x,
                                    op.eps());
                }));
        return Lowering.of(
                Layout.contiguous(output.shape()),
                arguments -> {
                    long x = arguments.inputAddress(0);
                    long y = arguments.outputAddress();
                    if (affine) {
                        kernel.run(arguments.cancelled(), x, arguments.inputAddress(1), arguments.inputAddress(2), y);
                    } else {
                        kernel.run(arguments.cancelled(), x, y);
                    }
                },
                kernel.implementation());
    }
}
