package io.github.tintype.cpu;

import io.github.tintype.device.KernelArguments;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.Operand;
import io.github.tintype.device.Spending;
import io.github.tintype.graph.LinearOp;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.TensorType;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * {@link LinearOp} by {@link MatMul}, or where something is compiled by {@link ProductKernel}: rows of x may be spaced, the weight is packed when weights are bound.
 *
 * @param generated what may be chosen instead of the library
 * @param narrow what the library's products of 16 bits are worth
 */
record LinearSupport(Cpu cpu, KernelCache kernels, Optional<ProductSupport> generated, NarrowProducts narrow)
        implements OpSupport<LinearOp> {
    @Override
    public boolean supports(LinearOp op, List<TensorType> inputs, TensorType output) {
        return OpSupport.f32(inputs, output);
    }

    @Override
    public List<Layout> inputLayouts(LinearOp op, List<Operand> inputs, TensorType output) {
        return OpSupport.ofRows(inputs);
    }

    @Override
    public Lowering lower(LinearOp op, List<Operand> inputs, TensorType output) {
        return routes(inputs, output, Spending.LEAST).getFirst().lower(List.of());
    }

    @Override
    public List<Candidate> candidates(LinearOp op, List<Operand> inputs, TensorType output, Spending spending) {
        return Route.candidates(routes(inputs, output, spending));
    }

    @Override
    public boolean hasNarrow() {
        return true;
    }

    @Override
    public List<Candidate> narrow(LinearOp op, List<Operand> inputs, TensorType output, Spending spending) {
        return Route.candidates(narrowRoutes(inputs, output, spending));
    }

    /** What takes a layer's operands of 16 bits as they are, that of the tables first. */
    List<Route> narrowRoutes(List<Operand> inputs, TensorType output, Spending spending) {
        return narrowRoutes(spec(inputs, output), inputs.size(), Layout.contiguous(output.shape()), spending);
    }

    /** Likewise for a product: where the processor has instructions for 16 bits, what is generated for pairs of numbers or the library, else what is generated and multiplies in f32. */
    List<Route> narrowRoutes(MatMul.Spec spec, int own, Layout output, Spending spending) {
        Library library = new Library(cpu, kernels, spec, own, output);
        return Route.narrow(narrow.of(spec.dtype()), library, generated(spec, own, output, spending), false);
    }

    /* Operands of any float type. */
    private List<Route> generated(MatMul.Spec spec, int own, Layout output, Spending spending) {
        return generated
                .map(support -> support.routes(spec, own, output, spending))
                .orElse(List.of());
    }

    /** What may be chosen for a layer, that of the tables first. */
    List<Route> routes(List<Operand> inputs, TensorType output, Spending spending) {
        return routes(spec(inputs, output), inputs.size(), Layout.contiguous(output.shape()), spending);
    }

    private static MatMul.Spec spec(List<Operand> inputs, TensorType output) {
        TensorType x = inputs.getFirst().type();
        return spec(
                OpSupport.rows(x),
                output.shape().size(-1),
                x.shape().size(-1),
                OpSupport.rowPitch(inputs.getFirst()),
                inputs);
    }

    /** Likewise for a product, whose result lies as {@code output}; operands of post-ops are the inputs after the first {@code own}. */
    List<Route> routes(MatMul.Spec spec, int own, Layout output, Spending spending) {
        Library library = new Library(cpu, kernels, spec, own, output);
        List<Route> generated = generated(spec, own, output, spending);
        // What is generated is as exact as f32: where that isn't asked for, the library is faster.
        return library.relaxed() ? Route.behind(library, generated) : Route.with(generated, library);
    }

    /** x [m,k] with rows {@code pitch} apart times a weight [n,k]; also what a 1×1 convolution is. */
    static MatMul.Spec spec(long m, long n, long k, long pitch, List<Operand> inputs) {
        DType dtype = inputs.getFirst().type().dtype();
        return new MatMul.Spec(
                dtype,
                dtype,
                1,
                m,
                n,
                k,
                new MatMul.Matrix(0, pitch, 1),
                new MatMul.Matrix(0, 1, k),
                MatMul.Matrix.dense(m, n),
                inputs.get(1).weight(),
                inputs.size() == 3,
                List.of());
    }

    private record Library(Cpu cpu, KernelCache kernels, MatMul.Spec spec, int own, Layout output) implements Route {
        boolean relaxed() {
            return spec.dtype() == DType.F32 && cpu.dnn().math() != FpMath.STRICT;
        }

        @Override
        public String name() {
            return relaxed() ? "library in " + cpu.dnn().math() : "library";
        }

        /*
         * All, or what comes before an operand: the library's fast kernels take one as large as the result only where a slice of it is dense, and its slow one
         * takes 100 times as long.
         */
        @Override
        public List<PostOp> taken(List<PostOp> postOps) {
            boolean all = Operands.reach(postOps)
                    .map(reach -> switch (reach) {
                        case TENSOR, CHANNEL -> true;
                        case IMAGE_CHANNEL -> false; // its rows are of no image
                        case ELEMENT -> !MatMul.splitsColumns(cpu, spec);
                    })
                    .orElse(true);
            return PostOp.taken(postOps, all);
        }

        @Override
        public Lowering lower(List<PostOp> postOps) {
            MatMul.Spec whole = spec.with(postOps);
            boolean bias = spec.bias();
            boolean operand = Operands.in(postOps);
            MatMul kernel = kernels.get(MatMul.class, whole, () -> new MatMul(cpu, whole));
            return new Lowering(
                    output,
                    arguments -> run(kernel, arguments, bias, Operands.address(operand, arguments, own)),
                    spec.packed()
                            ? Map.of(1, PackedWeight.of(kernel.packing(), kernel.packedBytes(), kernel::pack))
                            : Map.of(),
                    0,
                    kernel.implementation());
        }
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
