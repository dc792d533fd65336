package io.github.tintype.cpu;

import io.github.tintype.device.Effort;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.loop.template.MatmulTemplate;
import io.github.tintype.loop.template.MatmulTemplate.Other;
import io.github.tintype.loop.template.RegisterTile;
import io.github.tintype.tensor.DType;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Products of rows with a weight by {@link ProductKernel}: linear layers and 1×1 convolutions in compiled code. */
record ProductSupport(Cpu cpu, LoopCode code) {
    /** Whether it is the kernel for a product of this spec. */
    static boolean takes(MatMul.Spec spec, Effort effort) {
        return effort != Effort.LIBRARY && spec.packed();
    }

    /** The first of these, if the kernel does it: one sum. */
    static List<PostOp> taken(List<PostOp> postOps) {
        return postOps.isEmpty() || other(postOps.getFirst()).isEmpty() ? List.of() : postOps.subList(0, 1);
    }

    private static Optional<Other> other(PostOp postOp) {
        if (!(postOp instanceof PostOp.Operand(PostOp.BinaryOperation operation, PostOp.Reach reach))
                || operation != PostOp.BinaryOperation.ADD) {
            return Optional.empty();
        }
        return switch (reach) {
            case TENSOR, IMAGE_CHANNEL -> Optional.empty();
            case CHANNEL -> Optional.of(Other.COLUMN);
            case ELEMENT -> Optional.of(Other.ELEMENT);
        };
    }

    /** A product whose post-ops {@link #taken} has let through; their operand is input {@code own}. */
    Lowering lower(MatMul.Spec of, int own, Layout output, Effort effort) {
        Optional<Other> other = of.postOps().stream().findFirst().flatMap(ProductSupport::other);
        ProductKernel.Spec spec =
                new ProductKernel.Spec(of.m(), of.n(), of.k(), of.src().row());
        MatmulTemplate template = template(code.target().lanes(), spec, DType.F32, of.bias(), other);
        ProductKernel kernel = new ProductKernel(cpu, code, template, spec, own, effort);
        ProductPanels panels = new ProductPanels(cpu, template, of.n(), of.k());
        return new Lowering(
                output,
                kernel,
                Map.of(1, PackedWeight.of(panels.key(), panels.bytes(), panels::pack)),
                kernel.scratchBytes(),
                kernel.implementation());
    }

    static MatmulTemplate template(
            int lanes, ProductKernel.Spec spec, DType weight, boolean bias, Optional<Other> other) {
        RegisterTile tile = RegisterTile.of(lanes);
        return new MatmulTemplate(
                tile, Math.toIntExact(spec.m() % tile.rows()), spec.n() % tile.columns() != 0, weight, bias, other);
    }
}
