package io.github.tintype.loop.lower;

import io.github.tintype.device.Layout;
import io.github.tintype.graph.FusedOp;
import io.github.tintype.tensor.TensorType;
import java.util.List;

/** Chooses the loops for a fused op. */
public final class LoopLowerer {
    private LoopLowerer() {}

    /**
     * A program that computes {@code op}.
     *
     * @param inputs the types of its inputs, of fixed sizes
     * @param layouts how they lie in memory, at any strides
     * @param output how the result shall lie, densely
     */
    public static LoopLowering lower(FusedOp op, List<TensorType> inputs, List<Layout> layouts, Layout output) {
        return new LoopLowering.Refused("%s: got %d inputs at %s, wanted anything at %s: not lowered yet"
                .formatted(op, inputs.size(), layouts, output));
    }
}
