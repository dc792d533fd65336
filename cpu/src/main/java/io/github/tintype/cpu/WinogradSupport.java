package io.github.tintype.cpu;

import io.github.tintype.device.Effort;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.Operand;
import io.github.tintype.graph.Conv2dOp;
import io.github.tintype.loop.template.RegisterTile;
import io.github.tintype.loop.template.WinogradForm;
import io.github.tintype.loop.template.WinogradTemplate;
import io.github.tintype.loop.template.WinogradTemplate.Other;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** 3×3 convolutions with stride and padding 1 by {@link WinogradKernel}, where that is faster than oneDNN's. */
record WinogradSupport(Cpu cpu, LoopCode code) {
    /*
     * Fewer tiles of 4×4 results don't pay for filters of four times the size: with 16 of them, 16² of one image, 2×2 is 5 to 15 % slower, but its filters are less than half
     * as large; with 4, 8², it is the faster by 10 to 30 %.
     */
    private static final long LEAST_TILES_OF_4 = 32;
    /* 8² of one image. With 9 oneDNN is as fast. */
    private static final long LEAST_TILES_OF_2 = 16;
    private static final long LEAST_CHANNELS = 32;

    /** Whether it is the kernel for this convolution. */
    boolean takes(Conv2dOp op, List<Operand> inputs, Effort effort) {
        Shape weight = inputs.get(1).type().shape();
        WinogradKernel.Spec spec = spec(inputs);
        return effort != Effort.LIBRARY
                && inputs.get(1).weight()
                && weight.size(2) == 3
                && weight.size(3) == 3
                && op.stride() == 1
                && op.padding() == 1
                && op.dilation() == 1
                && op.groups() == 1
                && Math.min(spec.c(), spec.o()) >= LEAST_CHANNELS
                && form(spec).isPresent();
    }

    private static Optional<WinogradForm> form(WinogradKernel.Spec spec) {
        if (spec.tiles(WinogradForm.F4) >= LEAST_TILES_OF_4) {
            return Optional.of(WinogradForm.F4);
        }
        return spec.tiles(WinogradForm.F2) >= LEAST_TILES_OF_2 ? Optional.of(WinogradForm.F2) : Optional.empty();
    }

    private static WinogradKernel.Spec spec(List<Operand> inputs) {
        Shape x = inputs.getFirst().type().shape();
        long outputs = inputs.get(1).type().shape().size(0);
        return new WinogradKernel.Spec(x.size(0), x.size(2), x.size(3), x.size(1), outputs);
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
            case TENSOR -> Optional.empty();
            case CHANNEL -> Optional.of(Other.CHANNEL);
            case IMAGE_CHANNEL -> Optional.of(Other.IMAGE_CHANNEL);
            case ELEMENT -> Optional.of(Other.ELEMENT);
        };
    }

    /** With {@code postOps}, which {@link #taken} has let through, and whose operand is the input after {@code inputs}. */
    Lowering lower(List<Operand> inputs, TensorType output, List<PostOp> postOps, Effort effort) {
        Optional<Other> other = postOps.stream().findFirst().flatMap(WinogradSupport::other);
        WinogradKernel.Spec spec = spec(inputs);
        WinogradTemplate template =
                template(form(spec).orElseThrow(), code.target().lanes(), inputs.size() == 3, other);
        WinogradCut cut = WinogradCut.of(template, spec, cpu.threads());
        WinogradKernel kernel = new WinogradKernel(cpu, code, template, spec, cut, inputs.size(), effort);
        WinogradFilters filters = new WinogradFilters(cpu, template, spec.o(), spec.c());
        return new Lowering(
                Layout.channelsLast(output.shape()),
                kernel,
                Map.of(1, PackedWeight.of(filters.key(), filters.bytes(), filters::pack)),
                kernel.scratchBytes(),
                kernel.implementation());
    }

    static WinogradTemplate template(WinogradForm form, int lanes, boolean bias, Optional<Other> other) {
        RegisterTile tile = RegisterTile.of(lanes);
        return new WinogradTemplate(form, tile.rows(), tile.columns(), lanes, bias, other);
    }
}
