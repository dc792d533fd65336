package io.github.tintype.cpu;

import io.github.tintype.cpu.WinogradParameters.Legal;
import io.github.tintype.device.Effort;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.Operand;
import io.github.tintype.device.Spending;
import io.github.tintype.graph.Conv2dOp;
import io.github.tintype.loop.template.RegisterTile;
import io.github.tintype.loop.template.WinogradForm;
import io.github.tintype.loop.template.WinogradTemplate;
import io.github.tintype.loop.template.WinogradTemplate.Other;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** 3×3 convolutions with stride and padding 1, also of images that are upsampled first, by {@link WinogradKernel}, where that is faster than oneDNN's. */
record WinogradSupport(Cpu cpu, LoopCode code) {
    /*
     * Fewer tiles of 4×4 results don't pay for filters of four times the size: with 16 of them, 16² of one image, 2×2 is 5 to 15 % slower, but its filters are less than half
     * as large; with 4, 8², it is the faster by 10 to 30 %.
     */
    private static final long LEAST_TILES_OF_4 = 32;
    /* 8² of one image. With 9 oneDNN is as fast. */
    private static final long LEAST_TILES_OF_2 = 16;
    private static final long LEAST_CHANNELS = 32;

    /**
     * What may be chosen for a convolution, the form of the tables first; nothing if they say the library.
     *
     * @param upsamples whether the image is half as high and wide as what is convolved
     */
    List<Route> routes(Conv2dOp op, boolean upsamples, List<Operand> inputs, TensorType output, Spending spending) {
        if (spending.effort() == Effort.LIBRARY || !pays(op, inputs, output)) {
            return List.of();
        }
        WinogradKernel.Spec spec = spec(inputs, output);
        long operations = op.flops(inputs.stream().map(Operand::type).toList(), output);
        DType dtype = inputs.getFirst().type().dtype();
        long stored = inputs.get(1).type().bytes();
        Wanted wanted = new Wanted(spec, upsamples, dtype, inputs.size() == 3, output, spending.effort());
        List<Legal> legal = forms(spec).stream()
                .map(form -> new Legal(form, code.target().lanes(), spec, cpu.threads()))
                .toList();
        return legal.stream()
                .flatMap(of -> of.grid().stream().map(parameters -> new Generated(this, wanted, of, parameters)))
                .filter(route -> spending.allows(operations, route.filters().bytes() - stored))
                .<Route>map(route -> route)
                .toList();
    }

    /** Whether tables say such a kernel where there is memory for its filters. */
    boolean pays(Conv2dOp op, List<Operand> inputs, TensorType output) {
        return inputs.get(1).weight()
                && fits(op, inputs.get(1).type().shape())
                && !forms(spec(inputs, output)).isEmpty();
    }

    /** Whether tables say the form that multiplies fewest numbers, where they say any. */
    boolean takesLargest(List<Operand> inputs, TensorType output) {
        return forms(spec(inputs, output)).getFirst() == WinogradForm.F4;
    }

    /** Whether there is such a kernel for a weight, and it may be faster than the library's. */
    static boolean fits(Conv2dOp op, Shape weight) {
        return weight.size(2) == 3
                && weight.size(3) == 3
                && op.stride() == 1
                && op.padding() == 1
                && op.dilation() == 1
                && op.groups() == 1
                && Math.min(weight.size(0), weight.size(1)) >= LEAST_CHANNELS;
    }

    private static List<WinogradForm> forms(WinogradKernel.Spec spec) {
        if (spec.tiles(WinogradForm.F4) >= LEAST_TILES_OF_4) {
            return List.of(WinogradForm.F4, WinogradForm.F2);
        }
        return spec.tiles(WinogradForm.F2) >= LEAST_TILES_OF_2 ? List.of(WinogradForm.F2, WinogradForm.F4) : List.of();
    }

    /* Padding 1 leaves an image as large as it is. */
    private static WinogradKernel.Spec spec(List<Operand> inputs, TensorType output) {
        Shape y = output.shape();
        long channels = inputs.getFirst().type().shape().size(1);
        return new WinogradKernel.Spec(y.size(0), y.size(2), y.size(3), channels, y.size(1));
    }

    private static Optional<Other> other(PostOp postOp) {
        return PostOp.sum(postOp).flatMap(reach -> switch (reach) {
            case TENSOR -> Optional.empty();
            case CHANNEL -> Optional.of(Other.CHANNEL);
            case IMAGE_CHANNEL -> Optional.of(Other.IMAGE_CHANNEL);
            case ELEMENT -> Optional.of(Other.ELEMENT);
        });
    }

    /* What is to be computed, whatever the parameters are. */
    private record Wanted(
            WinogradKernel.Spec spec, boolean upsamples, DType dtype, boolean bias, TensorType output, Effort effort) {}

    private record Generated(WinogradSupport support, Wanted wanted, Legal legal, WinogradParameters parameters)
            implements Route {
        @Override
        public String name() {
            return parameters.name(wanted.spec(), support.cpu().threads());
        }

        @Override
        public List<List<Route>> steps() {
            return Route.steps(legal.steps(parameters), other -> new Generated(support, wanted, legal, other));
        }

        /* One sum. */
        @Override
        public List<PostOp> taken(List<PostOp> postOps) {
            return postOps.isEmpty() || other(postOps.getFirst()).isEmpty() ? List.of() : postOps.subList(0, 1);
        }

        private WinogradTemplate template(Optional<Other> other) {
            return WinogradSupport.template(
                    parameters.form(), wanted.upsamples(), parameters.tile(), wanted.dtype(), wanted.bias(), other);
        }

        WinogradFilters filters() {
            WinogradKernel.Spec spec = wanted.spec();
            return new WinogradFilters(support.cpu(), template(Optional.empty()), spec.o(), spec.c());
        }

        @Override
        public Lowering lower(List<PostOp> postOps) {
            Cpu cpu = support.cpu();
            WinogradTemplate template = template(postOps.stream().findFirst().flatMap(WinogradSupport::other));
            WinogradFilters filters = filters();
            WinogradKernel kernel = new WinogradKernel(
                    cpu,
                    support.code(),
                    template,
                    wanted.spec(),
                    parameters.cut(wanted.spec(), cpu.threads()),
                    filters.scaleAt(),
                    wanted.bias() ? 3 : 2,
                    wanted.effort());
            return new Lowering(
                    Layout.channelsLast(wanted.output().shape()),
                    kernel,
                    Map.of(1, PackedWeight.of(filters.key(), filters.bytes(), filters::pack)),
                    kernel.scratchBytes(),
                    kernel.implementation());
        }
    }

    /*
     * Filters of F16 add to a result of BF16 less than half of what rounding its operands does, in F(4×4) 1.0e-3 of its size beside 1.7e-3 each for weights, x and y. To one of F16 they
     * would add five times that, so those stay F32.
     */
    static WinogradTemplate template(
            WinogradForm form,
            boolean upsamples,
            RegisterTile tile,
            DType operands,
            boolean bias,
            Optional<Other> other) {
        DType filters = operands == DType.BF16 ? DType.F16 : DType.F32;
        return new WinogradTemplate(
                form, upsamples, tile.rows(), tile.columns(), tile.lanes(), operands, filters, bias, other);
    }
}
