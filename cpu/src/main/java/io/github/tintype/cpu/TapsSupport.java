package io.github.tintype.cpu;

import io.github.tintype.cpu.TapsParameters.Legal;
import io.github.tintype.device.Effort;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.Operand;
import io.github.tintype.device.Spending;
import io.github.tintype.graph.Conv2dOp;
import io.github.tintype.loop.template.RegisterTile;
import io.github.tintype.loop.template.TapsTemplate;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import java.util.List;
import java.util.Map;

/** Convolutions with stride 1 to a few channels, by {@link TapsKernel}: what ends a U-Net, an encoder and a decoder. */
record TapsSupport(Cpu cpu, LoopCode code) {
    /** What may be chosen for a convolution, that of the tables first; nothing if there is no such kernel for it. */
    List<Route> routes(Conv2dOp op, List<Operand> inputs, TensorType output, Spending spending) {
        if (spending.effort() == Effort.LIBRARY || !inputs.get(1).weight() || op.stride() != 1 || op.groups() != 1) {
            return List.of();
        }
        TapsKernel.Spec spec = spec(op, inputs);
        if (!pays(spec)) {
            return List.of();
        }
        Wanted wanted = new Wanted(spec, inputs.size() == 3, output, spending.effort());
        Legal legal = Legal.of(code.target().lanes(), spec, cpu.threads());
        return legal.grid().stream()
                .<Route>map(parameters -> new Generated(this, wanted, legal, parameters))
                .toList();
    }

    private static TapsKernel.Spec spec(Conv2dOp op, List<Operand> inputs) {
        Shape x = inputs.getFirst().type().shape();
        Shape weight = inputs.get(1).type().shape();
        return new TapsKernel.Spec(
                x.size(0),
                x.size(2),
                x.size(3),
                x.size(1),
                Math.toIntExact(weight.size(0)),
                Math.toIntExact(weight.size(2)),
                Math.toIntExact(weight.size(3)),
                op.padding(),
                op.dilation());
    }

    /* Where half of a tile would be empty otherwise, and products are no more than the image. */
    private boolean pays(TapsKernel.Spec spec) {
        return 2L * spec.o() <= RegisterTile.of(code.target().lanes()).columns() && spec.columns() <= spec.c();
    }

    /* What is to be computed, whatever the parameters are. */
    private record Wanted(TapsKernel.Spec spec, boolean bias, TensorType output, Effort effort) {}

    private record Generated(TapsSupport support, Wanted wanted, Legal legal, TapsParameters parameters)
            implements Route {
        @Override
        public String name() {
            return parameters.name(wanted.spec());
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
            TapsKernel.Spec spec = wanted.spec();
            TapsCut cut = parameters.cut(spec);
            TapsTemplate template = spec.template(
                    parameters.tile(),
                    cut.pixels(),
                    wanted.output().dtype(),
                    wanted.bias(),
                    ProductSupport.otherOfImages(postOps));
            TapsKernel kernel = new TapsKernel(
                    support.cpu(), support.code(), template, spec, cut, wanted.bias() ? 3 : 2, wanted.effort());
            TapsPanels panels = new TapsPanels(template, spec.c());
            return new Lowering(
                    Layout.channelsLast(wanted.output().shape()),
                    kernel,
                    Map.of(1, PackedWeight.of(panels.key(), panels.bytes(), panels::pack)),
                    kernel.scratchBytes(),
                    kernel.implementation());
        }
    }
}
