package io.github.tintype.bench;

import io.github.tintype.bench.RecordingDevice.Problem;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Operand;
import io.github.tintype.graph.ActivationOp;
import io.github.tintype.graph.BinaryOp;
import io.github.tintype.graph.FusedOp;
import io.github.tintype.graph.GroupNormOp;
import io.github.tintype.graph.LayerNormOp;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.Scope;
import io.github.tintype.graph.SliceOp;
import io.github.tintype.graph.SoftmaxOp;
import io.github.tintype.loop.lower.LoopLowerer;
import io.github.tintype.loop.lower.LoopLowering;
import io.github.tintype.loop.lower.LoopPlan;
import io.github.tintype.loop.lower.Schedule;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * A fused op at SDXL's widths whose time is that of moving its operands.
 *
 * @param reads how often the first input has to be read: the image of a group norm twice, since it can't stay in caches between its two passes
 */
record LoopSubject(
        String name, List<TensorType> inputs, boolean channelsLast, int reads, Function<List<Node>, Node> body) {
    /** Of one type, as large as {@code scale} says: 1 is 168 MB of F32 for the image of a group norm. */
    static List<LoopSubject> all(DType dtype, int scale) {
        Function<List<Node>, Node> norm = in -> in.get(0)
                .then(new GroupNormOp(32, 1e-5), in.get(1), in.get(2))
                .then(new ActivationOp(ActivationOp.Kind.SILU));
        TensorType channels = TensorType.of(dtype, 320);
        List<TensorType> image = List.of(TensorType.of(dtype, 4L * scale, 320, 128, 128), channels, channels);
        TensorType width = TensorType.of(dtype, 640);
        TensorType rows = TensorType.of(dtype, 16384L * scale, 1280);
        return List.of(
                new LoopSubject("group_norm_silu channels_last", image, true, 2, norm),
                new LoopSubject("group_norm_silu contiguous", image, false, 2, norm),
                new LoopSubject(
                        "layer_norm",
                        List.of(TensorType.of(dtype, 32768L * scale, 640), width, width),
                        false,
                        1,
                        in -> in.get(0).then(new LayerNormOp(1e-5), in.get(1), in.get(2))),
                new LoopSubject(
                        "softmax",
                        List.of(TensorType.of(dtype, 8192L * scale, 4096)),
                        false,
                        1,
                        in -> in.get(0).then(new SoftmaxOp(1))),
                new LoopSubject(
                        "geglu",
                        List.of(TensorType.of(dtype, 8192L * scale, 5120)),
                        false,
                        1,
                        in -> in.get(0)
                                .then(new SliceOp(1, 0, 2560))
                                .then(
                                        new BinaryOp(BinaryOp.Kind.MUL),
                                        in.get(0)
                                                .then(new SliceOp(1, 2560, 5120))
                                                .then(new ActivationOp(ActivationOp.Kind.GELU)))),
                new LoopSubject(
                        "add",
                        List.of(rows, rows),
                        false,
                        1,
                        in -> in.get(0).then(new BinaryOp(BinaryOp.Kind.ADD), in.get(1))));
    }

    private FusedOp op() {
        List<Node> leaves = new ArrayList<>();
        for (TensorType type : inputs) {
            leaves.add(Node.of(Scope.NONE, new LeafOp.Input(leaves.size(), type), List.of()));
        }
        return FusedOp.of(body.apply(leaves), leaves);
    }

    /** The type of the result. */
    TensorType output() {
        return op().infer(inputs);
    }

    private Layout layout(TensorType type) {
        return channelsLast ? Layout.channelsLast(type.shape()) : Layout.contiguous(type.shape());
    }

    /** It as a device is asked for it. */
    Problem problem() {
        List<Operand> operands = inputs.stream()
                .map(type -> new Operand(type, layout(type), false))
                .toList();
        return new Problem(op(), operands, output());
    }

    /** For a GPU. @throws IllegalStateException if the lowering refuses it */
    LoopPlan gpuPlan() {
        LoopLowering lowering = LoopLowerer.lower(
                op(), inputs, inputs.stream().map(this::layout).toList(), layout(output()), Schedule.GPU);
        return switch (lowering) {
            case LoopLowering.Lowered(LoopPlan plan) -> plan;
            case LoopLowering.Refused(String reason) ->
                throw new IllegalStateException("%s: got %s, wanted a kernel".formatted(name, reason));
        };
    }

    /** What has to be moved: each operand read once, or as {@link #reads} says, and the result written. */
    long bytes() {
        return output().bytes()
                + (reads - 1) * inputs.getFirst().bytes()
                + inputs.stream().mapToLong(TensorType::bytes).sum();
    }
}
