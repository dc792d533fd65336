package io.github.tintype.compile;

import io.github.tintype.device.Device;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.NativeMemory;
import io.github.tintype.device.Operand;
import io.github.tintype.graph.BinaryOp;
import io.github.tintype.graph.EpilogueOp;
import io.github.tintype.graph.FusedOp;
import io.github.tintype.graph.IndexSelectOp;
import io.github.tintype.graph.LayerNormOp;
import io.github.tintype.graph.Op;
import io.github.tintype.graph.UpsampleConv2dOp;
import io.github.tintype.tensor.TensorType;
import java.util.List;

/** Says that it fuses everything behind kernels but sums and norms of rows, what is upsampled before convolutions of stride 1, and, if it has loops, all but those with a look-up; never runs. */
record FusingDevice(boolean loops) implements Device {
    @Override
    public String name() {
        return "fusing";
    }

    @Override
    public NativeMemory memory() {
        throw new AssertionError("not run");
    }

    @Override
    public boolean supports(Op op, List<TensorType> inputs, TensorType output) {
        return switch (op) {
            case EpilogueOp(Op base, var _) -> !(base instanceof BinaryOp) && !(base instanceof LayerNormOp);
            case FusedOp(int _, List<FusedOp.Step> steps) ->
                loops && steps.stream().noneMatch(step -> step.op() instanceof IndexSelectOp);
            case UpsampleConv2dOp(var conv) -> conv.stride() == 1;
            default -> false;
        };
    }

    @Override
    public List<Layout> inputLayouts(Op op, List<Operand> inputs, TensorType output) {
        throw new AssertionError("not run");
    }

    @Override
    public Lowering lower(Op op, List<Operand> inputs, TensorType output) {
        throw new AssertionError("not run");
    }

    @Override
    public Lowering copy(TensorType type, Layout from, Layout to) {
        throw new AssertionError("not run");
    }

    @Override
    public void close() {}
}
