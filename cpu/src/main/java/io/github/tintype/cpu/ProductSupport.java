package io.github.tintype.cpu;

import io.github.tintype.code.Target;
import io.github.tintype.cpu.ProductParameters.Legal;
import io.github.tintype.device.Effort;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.Spending;
import io.github.tintype.loop.Packed;
import io.github.tintype.loop.template.MatmulTemplate;
import io.github.tintype.loop.template.MatmulTemplate.Other;
import io.github.tintype.loop.template.RegisterTile;
import io.github.tintype.tensor.DType;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Products of rows with a weight by {@link ProductKernel}: linear layers and 1×1 convolutions where something is compiled. */
record ProductSupport(Cpu cpu, LoopCode code) {
    /** What may be chosen for a product, that of the tables first; nothing if they say the library. */
    List<Route> routes(MatMul.Spec spec, int own, Layout output, Spending spending) {
        if (spending.effort() == Effort.LIBRARY || !spec.packed()) {
            return List.of();
        }
        boolean pairs = pairs(spec);
        int step = pairs ? 2 : 1;
        ProductKernel.Spec sizes = new ProductKernel.Spec(
                spec.m(), spec.n(), spec.k() / step, spec.src().row() / step);
        Legal legal = Legal.of(code.target().lanes(), sizes, spec.dtype() != DType.F32);
        Wanted wanted = new Wanted(sizes, spec.dtype(), pairs, spec.bias(), own, output, spending.effort());
        return legal.grid().stream()
                .<Route>map(parameters -> new Generated(this, wanted, legal, parameters))
                .toList();
    }

    /* Numbers are multiplied in pairs if there is an instruction for it, and rows are of whole pairs. */
    private boolean pairs(MatMul.Spec spec) {
        return multipliesPairs(code.target(), spec.dtype())
                && spec.k() % 2 == 0
                && spec.src().row() % 2 == 0;
    }

    /** Whether a processor has an instruction for the products of pairs of a type. */
    static boolean multipliesPairs(Target target, DType dtype) {
        return dtype == DType.BF16 && Packed.PAIR_BF16.hasInstruction(target);
    }

    /* What is to be computed, whatever the parameters are. Of pairs, sizes count such. */
    private record Wanted(
            ProductKernel.Spec spec, DType dtype, boolean pairs, boolean bias, int own, Layout output, Effort effort) {}

    private record Generated(ProductSupport support, Wanted wanted, Legal legal, ProductParameters parameters)
            implements Route {
        @Override
        public String name() {
            return parameters.name(wanted.spec(), support.cpu().threads());
        }

        @Override
        public boolean isNarrow() {
            return wanted.pairs();
        }

        @Override
        public List<List<Route>> steps() {
            return Route.steps(legal.steps(parameters), other -> new Generated(support, wanted, legal, other));
        }

        @Override
        public List<PostOp> taken(List<PostOp> postOps) {
            return ProductSupport.taken(postOps);
        }

        @Override
        public Lowering lower(List<PostOp> postOps) {
            Optional<Other> other = other(postOps);
            ProductKernel.Spec spec = wanted.spec();
            MatmulTemplate template =
                    template(parameters.tile(), spec, wanted.dtype(), wanted.pairs(), wanted.bias(), other);
            ProductKernel kernel = new ProductKernel(
                    support.cpu(), support.code(), template, spec, parameters, wanted.own(), wanted.effort());
            ProductPanels panels = ProductPanels.of(support.cpu(), template, spec.n(), spec.k() * template.step());
            return new Lowering(
                    wanted.output(),
                    kernel,
                    Map.of(1, PackedWeight.of(panels.key(), panels.bytes(), panels::pack)),
                    kernel.scratchBytes(),
                    kernel.implementation());
        }
    }

    /** What a product does itself: one sum. */
    static List<PostOp> taken(List<PostOp> postOps) {
        return other(postOps).isPresent() ? postOps.subList(0, 1) : List.of();
    }

    /** Likewise where its rows are pixels of images. */
    static List<PostOp> takenByImages(List<PostOp> postOps) {
        return otherOfImages(postOps).isPresent() ? postOps.subList(0, 1) : List.of();
    }

    /** What it adds to its results, if that comes first. */
    static Optional<Other> other(List<PostOp> postOps) {
        return otherOfImages(postOps).filter(other -> other != Other.IMAGE_COLUMN);
    }

    /** Likewise where its rows are pixels of images. */
    static Optional<Other> otherOfImages(List<PostOp> postOps) {
        return postOps.stream().findFirst().flatMap(PostOp::sum).flatMap(reach -> switch (reach) {
            case TENSOR -> Optional.empty();
            case CHANNEL -> Optional.of(Other.COLUMN);
            case IMAGE_CHANNEL -> Optional.of(Other.IMAGE_COLUMN);
            case ELEMENT -> Optional.of(Other.ELEMENT);
        });
    }

    static MatmulTemplate template(
            RegisterTile tile,
            ProductKernel.Spec spec,
            DType dtype,
            boolean pairs,
            boolean bias,
            Optional<Other> other) {
        return new MatmulTemplate(
                tile,
                Math.toIntExact(spec.m() % tile.rows()),
                spec.n() % tile.columns() != 0,
                dtype,
                dtype,
                pairs,
                bias,
                other);
    }
}
