package io.github.tintype.cpu;

import io.github.tintype.device.Effort;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.Spending;
import io.github.tintype.loop.template.MatmulTemplate;
import io.github.tintype.loop.template.MatmulTemplate.Other;
import io.github.tintype.loop.template.RegisterTile;
import io.github.tintype.tensor.DType;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Products of rows with a weight by {@link ProductKernel}: linear layers and 1×1 convolutions where something is compiled. */
record ProductSupport(Cpu cpu, LoopCode code) {
    /** What may be chosen for a product, the tile of the tables first; nothing if they say the library. */
    List<Route> routes(MatMul.Spec spec, int own, Layout output, Spending spending) {
        if (spending.effort() == Effort.LIBRARY || !spec.packed()) {
            return List.of();
        }
        return tiles(code.target().lanes()).stream()
                .<Route>map(tile -> new Generated(this, tile, spec, own, output, spending.effort()))
                .toList();
    }

    /* As many sums as there are registers for, in one shape or another. */
    private static List<RegisterTile> tiles(int lanes) {
        RegisterTile usual = RegisterTile.of(lanes);
        return switch (lanes) {
            case 16 -> List.of(usual, new RegisterTile(8, 48, lanes));
            case 8 -> List.of(usual, new RegisterTile(4, 24, lanes));
            default -> List.of(usual);
        };
    }

    private record Generated(
            ProductSupport support, RegisterTile tile, MatMul.Spec spec, int own, Layout output, Effort effort)
            implements Route {
        @Override
        public String name() {
            return "matmul %dx%d".formatted(tile.rows(), tile.columns());
        }

        /* One sum. */
        @Override
        public List<PostOp> taken(List<PostOp> postOps) {
            return postOps.isEmpty() || other(postOps.getFirst()).isEmpty() ? List.of() : postOps.subList(0, 1);
        }

        @Override
        public Lowering lower(List<PostOp> postOps) {
            Optional<Other> other = postOps.stream().findFirst().flatMap(ProductSupport::other);
            ProductKernel.Spec sizes = new ProductKernel.Spec(
                    spec.m(), spec.n(), spec.k(), spec.src().row());
            MatmulTemplate template = template(tile, sizes, spec.dtype(), spec.dtype(), spec.bias(), other);
            ProductKernel kernel = new ProductKernel(support.cpu(), support.code(), template, sizes, own, effort);
            ProductPanels panels = new ProductPanels(support.cpu(), template, spec.n(), spec.k());
            return new Lowering(
                    output,
                    kernel,
                    Map.of(1, PackedWeight.of(panels.key(), panels.bytes(), panels::pack)),
                    kernel.scratchBytes(),
                    kernel.implementation());
        }
    }

    private static Optional<Other> other(PostOp postOp) {
        return PostOp.sum(postOp).flatMap(reach -> switch (reach) {
            case TENSOR, IMAGE_CHANNEL -> Optional.empty();
            case CHANNEL -> Optional.of(Other.COLUMN);
            case ELEMENT -> Optional.of(Other.ELEMENT);
        });
    }

    static MatmulTemplate template(
            RegisterTile tile,
            ProductKernel.Spec spec,
            DType operands,
            DType weight,
            boolean bias,
            Optional<Other> other) {
        return new MatmulTemplate(
                tile,
                Math.toIntExact(spec.m() % tile.rows()),
                spec.n() % tile.columns() != 0,
                operands,
                weight,
                bias,
                other);
    }
}
