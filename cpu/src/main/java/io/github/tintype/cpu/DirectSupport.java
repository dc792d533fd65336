package io.github.tintype.cpu;

import io.github.tintype.cpu.ProductParameters.Legal;
import io.github.tintype.device.Effort;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.Operand;
import io.github.tintype.device.Spending;
import io.github.tintype.graph.Conv2dOp;
import io.github.tintype.loop.template.DirectShape;
import io.github.tintype.loop.template.DirectTemplate;
import io.github.tintype.loop.template.MatmulTemplate.Other;
import io.github.tintype.loop.template.RegisterTile;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Convolutions of one group with a weight, of any window, by {@link DirectKernel}: those that are neither products nor Winograd's, and Winograd's where there is no memory for its filters. */
record DirectSupport(Cpu cpu, LoopCode code) {
    /* 4 of them, as a latent has, take two to four times as long as the library's pairs. */
    private static final long LEAST_CHANNELS = 32;

    /**
     * What may be chosen for a convolution, that of the tables first; nothing if there is no such kernel for it.
     *
     * @param isShort whether memory is short: then nothing if an image is copied that is larger than the weight
     */
    List<Route> routes(Conv2dOp op, List<Operand> inputs, TensorType output, Spending spending, boolean isShort) {
        if (spending.effort() == Effort.LIBRARY || !inputs.get(1).weight() || op.groups() != 1) {
            return List.of();
        }
        DType dtype = output.dtype();
        DirectShape shape = shape(op, inputs);
        if (isShort && shape.copies() && shape.padded() > shape.o() * shape.k() * shape.step()) {
            return List.of();
        }
        Legal legal = Legal.ofWindows(code.target().lanes(), DirectKernel.product(shape), dtype != DType.F32);
        Wanted wanted = new Wanted(shape, dtype, inputs.size() == 3, output, spending.effort());
        return legal.grid().stream()
                .<Route>map(parameters -> new Generated(this, wanted, legal, parameters))
                .toList();
    }

    /* In one part; parameters say of how many. */
    private DirectShape shape(Conv2dOp op, List<Operand> inputs) {
        DType dtype = inputs.getFirst().type().dtype();
        boolean pairs = pairs(inputs);
        boolean widens = dtype != DType.F32 && !pairs;
        Shape x = inputs.getFirst().type().shape();
        Shape weight = inputs.get(1).type().shape();
        DirectShape.Window window = new DirectShape.Window(
                weight.size(2),
                weight.size(3),
                op.stride(),
                op.dilation(),
                op.padding(),
                op.padding(),
                op.padding(),
                op.padding());
        return new DirectShape(
                x.size(0),
                x.size(2),
                x.size(3),
                x.size(1),
                weight.size(0),
                window,
                widens || window.pads(),
                pairs ? 2 : 1,
                Long.MAX_VALUE);
    }

    /** Whether numbers are multiplied in pairs: if there is an instruction for it, and pixels are of whole pairs, more than a few. */
    boolean pairs(List<Operand> inputs) {
        TensorType x = inputs.getFirst().type();
        return ProductSupport.multipliesPairs(code.target(), x.dtype())
                && x.shape().size(1) % 2 == 0
                && x.shape().size(1) >= LEAST_CHANNELS;
    }

    /* What is to be computed, whatever the parameters are. */
    private record Wanted(DirectShape shape, DType dtype, boolean bias, TensorType output, Effort effort) {}

    private record Generated(DirectSupport support, Wanted wanted, Legal legal, ProductParameters parameters)
            implements Route {
        private DirectShape shape() {
            return wanted.shape().withDepth(parameters.depth());
        }

        @Override
        public String name() {
            ProductCut cut = parameters.cut(
                    DirectKernel.product(wanted.shape()), support.cpu().threads());
            RegisterTile tile = parameters.tile();
            return "direct %dx%d, %d steps, %d tiles, %d panels"
                    .formatted(tile.rows(), tile.columns(), shape().steps(), cut.tiles(), cut.group());
        }

        @Override
        public boolean isNarrow() {
            return wanted.shape().step() > 1;
        }

        @Override
        public List<List<Route>> steps() {
            return Route.steps(legal.steps(parameters), other -> new Generated(support, wanted, legal, other));
        }

        @Override
        public List<PostOp> taken(List<PostOp> postOps) {
            return ProductSupport.takenByImages(postOps);
        }

        @Override
        public Lowering lower(List<PostOp> postOps) {
            DirectShape shape = shape();
            DirectTemplate template = template(
                    parameters.tile(), shape, wanted.dtype(), wanted.bias(), ProductSupport.otherOfImages(postOps));
            DirectKernel kernel = new DirectKernel(
                    support.cpu(), support.code(), template, shape, parameters, wanted.bias() ? 3 : 2, wanted.effort());
            ProductPanels panels = new ProductPanels(
                    support.cpu(),
                    parameters.tile(),
                    wanted.dtype(),
                    shape.o(),
                    shape.c(),
                    shape.window().high() * shape.window().wide(),
                    shape.step());
            return new Lowering(
                    Layout.channelsLast(wanted.output().shape()),
                    kernel,
                    Map.of(1, PackedWeight.of(panels.key(), panels.bytes(), panels::pack)),
                    kernel.scratchBytes(),
                    kernel.implementation());
        }
    }

    static DirectTemplate template(
            RegisterTile tile, DirectShape shape, DType operands, boolean bias, Optional<Other> other) {
        return new DirectTemplate(
                tile,
                Math.toIntExact(shape.pixels() % tile.rows()),
                shape.o() % tile.columns() != 0,
                operands,
                operands,
                shape.step() > 1,
                shape.copies(),
                bias,
                other);
    }
}
