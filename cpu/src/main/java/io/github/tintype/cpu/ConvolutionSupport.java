package io.github.tintype.cpu;

import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.Operand;
import io.github.tintype.device.Spending;
import io.github.tintype.graph.Conv2dOp;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@link Conv2dOp} by {@link Convolution}, channels-last; 1×1 with stride 1 as a product of rows, and by what is generated where something is compiled. */
record ConvolutionSupport(Cpu cpu, KernelCache kernels, LinearSupport products, Optional<WinogradSupport> winograd)
        implements OpSupport<Conv2dOp> {
    @Override
    public boolean supports(Conv2dOp op, List<TensorType> inputs, TensorType output) {
        return OpSupport.f32(inputs, output);
    }

    @Override
    public List<Layout> inputLayouts(Conv2dOp op, List<Operand> inputs, TensorType output) {
        List<Layout> layouts =
                new ArrayList<>(inputs.stream().map(OpSupport::contiguous).toList());
        layouts.set(0, Layout.channelsLast(inputs.getFirst().type().shape()));
        return layouts;
    }

    @Override
    public Lowering lower(Conv2dOp op, List<Operand> inputs, TensorType output) {
        return routes(op, inputs, output, Spending.LEAST).getFirst().lower(List.of());
    }

    @Override
    public List<Candidate> candidates(Conv2dOp op, List<Operand> inputs, TensorType output, Spending spending) {
        return Route.candidates(routes(op, inputs, output, spending));
    }

    @Override
    public List<Candidate> narrow(Conv2dOp op, List<Operand> inputs, TensorType output, Spending spending) {
        return Route.candidates(generated(op, inputs, output, spending));
    }

    /** What is generated for a convolution, its operands of any float type. */
    List<Route> generated(Conv2dOp op, List<Operand> inputs, TensorType output, Spending spending) {
        return isProduct(op, inputs)
                ? products.generated(product(inputs), inputs.size(), Layout.channelsLast(output.shape()), spending)
                : winograd.map(support -> support.routes(op, inputs, output, spending))
                        .orElse(List.of());
    }

    /** What may be chosen, that of the tables first. */
    List<Route> routes(Conv2dOp op, List<Operand> inputs, TensorType output, Spending spending) {
        Layout result = Layout.channelsLast(output.shape());
        if (isProduct(op, inputs)) {
            return products.routes(product(inputs), inputs.size(), result, spending);
        }
        return Route.with(generated(op, inputs, output, spending), new Library(this, op, inputs, result));
    }

    private static boolean isProduct(Conv2dOp op, List<Operand> inputs) {
        Shape weight = inputs.get(1).type().shape();
        return weight.size(2) == 1 && weight.size(3) == 1 && op.stride() == 1 && op.padding() == 0 && op.groups() == 1;
    }

    /* Pixels are rows. */
    private static MatMul.Spec product(List<Operand> inputs) {
        Shape x = inputs.getFirst().type().shape();
        long pixels = x.size(0) * x.size(2) * x.size(3);
        return LinearSupport.spec(pixels, inputs.get(1).type().shape().size(0), x.size(1), x.size(1), inputs);
    }

    private static Convolution.Spec spec(Conv2dOp op, List<Operand> inputs, List<PostOp> postOps) {
        Shape x = inputs.get(0).type().shape();
        Shape weight = inputs.get(1).type().shape();
        return new Convolution.Spec(
                DType.F32,
                x.size(0),
                x.size(1),
                x.size(2),
                x.size(3),
                weight.size(0),
                Math.toIntExact(weight.size(2)),
                Math.toIntExact(weight.size(3)),
                op.stride(),
                op.padding(),
                op.padding(),
                op.padding(),
                op.padding(),
                op.dilation(),
                op.groups(),
                inputs.size() == 3,
                postOps);
    }

    private record Library(ConvolutionSupport of, Conv2dOp op, List<Operand> inputs, Layout result) implements Route {
        @Override
        public String name() {
            return "library";
        }

        /* What works in slices of channels takes no operand that it would have to cut in another way. */
        @Override
        public List<PostOp> taken(List<PostOp> postOps) {
            boolean all = !Operands.in(postOps) || !Convolution.splitsChannels(of.cpu(), spec(op, inputs, List.of()));
            return PostOp.taken(postOps, all);
        }

        @Override
        public Lowering lower(List<PostOp> postOps) {
            boolean bias = inputs.size() == 3;
            boolean operand = Operands.in(postOps);
            Convolution.Spec spec = spec(op, inputs, postOps);
            Convolution kernel = of.kernels().get(Convolution.class, spec, () -> new Convolution(of.cpu(), spec));
            boolean packed = inputs.get(1).weight();
            int own = inputs.size();
            return new Lowering(
                    result,
                    arguments -> {
                        long weights = arguments.inputAddress(1);
                        if (!packed) {
                            kernel.pack(weights, DType.F32, arguments.scratchAddress());
                            weights = arguments.scratchAddress();
                        }
                        kernel.run(
                                arguments.inputAddress(0),
                                weights,
                                bias ? arguments.inputAddress(2) : 0,
                                arguments.outputAddress(),
                                Operands.address(operand, arguments, own),
                                arguments.cancelled());
                    },
                    packed
                            ? Map.of(1, PackedWeight.of(kernel.packing(), kernel.packedBytes(), kernel::pack))
                            : Map.of(),
                    packed ? 0 : kernel.packedBytes(),
                    kernel.implementation());
        }
    }
}
