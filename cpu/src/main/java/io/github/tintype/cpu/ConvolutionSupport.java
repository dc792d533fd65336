package io.github.tintype.cpu;

import io.github.tintype.device.KernelArguments;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.NativeMemory;
import io.github.tintype.device.Operand;
import io.github.tintype.device.Spending;
import io.github.tintype.graph.Conv2dOp;
import io.github.tintype.graph.UpsampleConv2dOp;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@link Conv2dOp} by {@link Convolution}, channels-last; 1×1 with stride 1 as a product of rows, and by what is generated where something is compiled. */
record ConvolutionSupport(
        Cpu cpu,
        KernelCache kernels,
        LinearSupport products,
        UpsampleSupport upsample,
        Optional<GeneratedConvolutions> generated)
        implements OpSupport<Conv2dOp> {
    @Override
    public boolean supports(Conv2dOp op, List<TensorType> inputs, TensorType output) {
        return OpSupport.f32(inputs, output);
    }

    /** Whether there may be a kernel that reads a smaller image; types are f32. */
    boolean supports(UpsampleConv2dOp op, List<TensorType> inputs) {
        return generated.isPresent()
                && WinogradSupport.fits(op.conv(), inputs.get(1).shape());
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
    public boolean hasNarrow() {
        return true;
    }

    @Override
    public List<Candidate> narrow(Conv2dOp op, List<Operand> inputs, TensorType output, Spending spending) {
        return Route.candidates(narrowRoutes(op, inputs, output, spending));
    }

    /** What takes operands of 16 bits as they are, that of the tables first. */
    List<Route> narrowRoutes(Conv2dOp op, List<Operand> inputs, TensorType output, Spending spending) {
        Layout result = Layout.channelsLast(output.shape());
        if (isProduct(op, inputs)) {
            return products.narrowRoutes(product(inputs), inputs.size(), result, spending);
        }
        return Route.narrow(
                products.narrow().of(output.dtype()),
                new Library(this, op, inputs, result, Optional.empty()),
                generated(op, inputs, output, spending),
                hasFewerProducts(op, inputs, output));
    }

    private boolean hasFewerProducts(Conv2dOp op, List<Operand> inputs, TensorType output) {
        return generated.filter(of -> of.winograd().pays(op, inputs, output)).isPresent();
    }

    /* What is generated for a convolution that is no product, its operands of any float type. */
    private List<Route> generated(Conv2dOp op, List<Operand> inputs, TensorType output, Spending spending) {
        return generated.map(of -> of.routes(op, inputs, output, spending)).orElse(List.of());
    }

    /** What may be chosen, that of the tables first. */
    List<Route> routes(Conv2dOp op, List<Operand> inputs, TensorType output, Spending spending) {
        Layout result = Layout.channelsLast(output.shape());
        if (isProduct(op, inputs)) {
            return products.routes(product(inputs), inputs.size(), result, spending);
        }
        Library library = new Library(this, op, inputs, result, Optional.empty());
        return Route.with(generated(op, inputs, output, spending), library);
    }

    /** What is generated for a convolution of an image that is upsampled first. */
    List<Route> generated(UpsampleConv2dOp op, List<Operand> inputs, TensorType output, Spending spending) {
        return generated
                .map(of -> of.winograd().routes(op.conv(), true, inputs, output, spending))
                .orElse(List.of());
    }

    /** Likewise what may be chosen, that of the tables first. The library's has the large image in its scratch memory. */
    List<Route> routes(UpsampleConv2dOp op, List<Operand> inputs, TensorType output, Spending spending) {
        Operand x = inputs.getFirst();
        TensorType large = UpsampleConv2dOp.upsampled(
                        inputs.stream().map(Operand::type).toList())
                .getFirst();
        List<Operand> read = new ArrayList<>(inputs);
        read.set(0, new Operand(large, Layout.channelsLast(large.shape()), false));
        Upsampled upsampled =
                new Upsampled(upsample.kernel(x.type().shape(), large), NativeMemory.aligned(large.bytes()));
        Library library =
                new Library(this, op.conv(), read, Layout.channelsLast(output.shape()), Optional.of(upsampled));
        return Route.with(generated(op, inputs, output, spending), library);
    }

    /* What makes the large image, and the bytes of it. */
    private record Upsampled(RowKernel kernel, long bytes) {}

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
                inputs.get(0).type().dtype(),
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

    private record Library(
            ConvolutionSupport of, Conv2dOp op, List<Operand> inputs, Layout result, Optional<Upsampled> upsampled)
            implements Route {
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
            Convolution.Spec spec = spec(op, inputs, postOps);
            Convolution kernel = of.kernels().get(Convolution.class, spec, () -> new Convolution(of.cpu(), spec));
            boolean packed = inputs.get(1).weight();
            boolean operand = Operands.in(postOps);
            long weightsAt = upsampled.map(Upsampled::bytes).orElse(0L);
            return new Lowering(
                    result,
                    arguments -> run(kernel, arguments, weightsAt, operand),
                    packed
                            ? Map.of(1, PackedWeight.of(kernel.packing(), kernel.packedBytes(), kernel::pack))
                            : Map.of(),
                    weightsAt + (packed ? 0 : kernel.packedBytes()),
                    kernel.implementation() + (upsampled.isPresent() ? " upsampled" : ""));
        }

        /* In scratch memory are the large image, and weights that aren't packed before. */
        private void run(Convolution kernel, KernelArguments arguments, long weightsAt, boolean operand) {
            long image = arguments.inputAddress(0);
            if (upsampled.isPresent()) {
                image = arguments.scratchAddress();
                upsampled.get().kernel().run(arguments.cancelled(), arguments.inputAddress(0), image);
            }
            long weights = arguments.inputAddress(1);
            if (!inputs.get(1).weight()) {
                weights = arguments.scratchAddress() + weightsAt;
                kernel.pack(arguments.inputAddress(1), inputs.get(1).type().dtype(), weights);
            }
            kernel.run(
                    image,
                    weights,
                    inputs.size() == 3 ? arguments.inputAddress(2) : 0,
                    arguments.outputAddress(),
                    Operands.address(operand, arguments, inputs.size()),
                    arguments.cancelled());
        }
    }
}
