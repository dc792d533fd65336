package io.github.tintype.cpu;

import io.github.tintype.device.KernelArguments;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.Operand;
import io.github.tintype.graph.LinearOp;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** {@link LinearOp} by {@link MatMul}: rows of x may be spaced, the weight is packed when weights are bound. */
record LinearSupport(Cpu cpu, KernelCache kernels) implements OpSupport<LinearOp> {
    @Override
    public boolean supports(LinearOp op, List<TensorType> inputs, TensorType output) {
        return OpSupport.f32(inputs, output);
    }

    @Override
    public List<Layout> inputLayouts(LinearOp op, List<Operand> inputs, TensorType output) {
        List<Layout> layouts =
                new ArrayList<>(inputs.stream().map(OpSupport::contiguous).toList());
        if (OpSupport.rowPitch(inputs.getFirst()) > 0) {
            layouts.set(0, inputs.getFirst().layout());
        }
        return layouts;
    }

    @Override
    public Lowering lower(LinearOp op, List<Operand> inputs, TensorType output) {
        return lower(inputs, output, List.of());
    }

    /** With {@code postOps}, whose operands are the inputs after {@code inputs}. */
    Lowering lower(List<Operand> inputs, TensorType output, List<PostOp> postOps) {
        TensorType x = inputs.get(0).type();
        long k = x.shape().size(-1);
        long m = OpSupport.rows(x);
        long n = output.shape().size(-1);
        long pitch = OpSupport.rowPitch(inputs.getFirst());
        return lower(cpu, kernels, m, n, k, pitch, inputs, Layout.contiguous(output.shape()), postOps);
    }

    /**
     * x [m,k] with rows {@code pitch} apart times a weight [n,k]; also what a 1×1 convolution is. Operands of {@code postOps} are the
     * inputs after {@code inputs}.
     */
    static Lowering lower(
            Cpu cpu,
            KernelCache kernels,
            long m,
            long n,
            long k,
            long pitch,
            List<Operand> inputs,
            Layout output,
            List<PostOp> postOps) {
        boolean bias = inputs.size() == 3;
        boolean operand = Operands.in(postOps);
        int own = inputs.size();
        MatMul.Spec spec = new MatMul.Spec(
                DType.F32,
                DType.F32,
                1,
                m,
                n,
                k,
                new MatMul.Matrix(0, pitch, 1),
                new MatMul.Matrix(0, 1, k),
                MatMul.Matrix.dense(m, n),
                inputs.get(1).weight(),
                bias,
                postOps);
        MatMul kernel = kernels.get(MatMul.class, spec, () -> new MatMul(cpu, spec));
        return new Lowering(
                output,
                arguments -> run(kernel, arguments, bias, Operands.address(operand, arguments, own)),
                spec.packed()
                        ? Map.of(1, PackedWeight.of(kernel.packing(), kernel.packedBytes(), kernel::pack))
                        : Map.of(),
                0,
                kernel.implementation());
    }

    private static void run(MatMul kernel, KernelArguments arguments, boolean bias, long operand) {
        kernel.run(
                arguments.inputAddress(0),
                arguments.inputAddress(1),
                bias ? arguments.inputAddress(2) : 0,
                arguments.outputAddress(),
                operand,
                arguments.cancelled());
    }
}
