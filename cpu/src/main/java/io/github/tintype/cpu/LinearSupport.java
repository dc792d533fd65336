package io.github.tintype.cpu;

import io.github.tintype.device.Effort;
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
import java.util.Optional;

/**
 * {@link LinearOp} by {@link MatMul}, or in compiled code by {@link ProductKernel}: rows of x may be spaced, the weight is packed when weights are bound.
 *
 * @param generated what may be chosen instead of the library
 */
record LinearSupport(Cpu cpu, KernelCache kernels, Optional<ProductSupport> generated) implements OpSupport<LinearOp> {
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
        return lower(op, inputs, output, Effort.LIBRARY);
    }

    @Override
    public Lowering lower(LinearOp op, List<Operand> inputs, TensorType output, Effort effort) {
        return lower(inputs, output, List.of(), effort);
    }

    /** The first of {@code postOps}, which {@link #lower(List, TensorType, List, Effort)} does. */
    List<PostOp> taken(List<Operand> inputs, TensorType output, List<PostOp> postOps, Effort effort) {
        return taken(spec(inputs, output, List.of()), postOps, effort);
    }

    /** The first of {@code postOps}, which {@link #lower(MatMul.Spec, int, Layout, Effort)} does. */
    List<PostOp> taken(MatMul.Spec spec, List<PostOp> postOps, Effort effort) {
        return generated(spec, effort)
                .map(_ -> ProductSupport.taken(postOps))
                .orElseGet(() -> PostOp.taken(postOps, takes(spec, postOps)));
    }

    private Optional<ProductSupport> generated(MatMul.Spec spec, Effort effort) {
        return generated.filter(_ -> ProductSupport.takes(spec, effort));
    }

    /*
     * Whether the library does all: its fast kernels take an operand as large as the result only where a slice of it is dense, and its slow
     * one takes 100 times as long.
     */
    private boolean takes(MatMul.Spec spec, List<PostOp> postOps) {
        return Operands.reach(postOps)
                .map(reach -> switch (reach) {
                    case TENSOR, CHANNEL -> true;
                    case IMAGE_CHANNEL -> false; // its rows are of no image
                    case ELEMENT -> !MatMul.splitsColumns(cpu, spec);
                })
                .orElse(true);
    }

    /** With {@code postOps} that were {@link #taken}, whose operands are the inputs after {@code inputs}. */
    Lowering lower(List<Operand> inputs, TensorType output, List<PostOp> postOps, Effort effort) {
        return lower(spec(inputs, output, postOps), inputs.size(), Layout.contiguous(output.shape()), effort);
    }

    private static MatMul.Spec spec(List<Operand> inputs, TensorType output, List<PostOp> postOps) {
        TensorType x = inputs.getFirst().type();
        return spec(
                OpSupport.rows(x),
                output.shape().size(-1),
                x.shape().size(-1),
                OpSupport.rowPitch(inputs.getFirst()),
                inputs,
                postOps);
    }

    /** x [m,k] with rows {@code pitch} apart times a weight [n,k]; also what a 1×1 convolution is. */
    static MatMul.Spec spec(long m, long n, long k, long pitch, List<Operand> inputs, List<PostOp> postOps) {
        return new MatMul.Spec(
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
                inputs.size() == 3,
                postOps);
    }

    /** Operands of the post-ops are the inputs after the first {@code own}. */
    Lowering lower(MatMul.Spec spec, int own, Layout output, Effort effort) {
        return generated(spec, effort)
                .map(support -> support.lower(spec, own, output, effort))
                .orElseGet(() -> library(spec, own, output));
    }

    private Lowering library(MatMul.Spec spec, int own, Layout output) {
        boolean bias = spec.bias();
        boolean operand = Operands.in(spec.postOps());
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
