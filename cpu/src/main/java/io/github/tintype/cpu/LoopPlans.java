package io.github.tintype.cpu;

import io.github.tintype.device.Layout;
import io.github.tintype.graph.FusedOp;
import io.github.tintype.loop.lower.LoopLowerer;
import io.github.tintype.loop.lower.LoopLowering;
import io.github.tintype.loop.lower.LoopPlan;
import io.github.tintype.tensor.TensorType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;

/**
 * What the lowerer said lately. The same op at the same layouts is asked about several times while a graph is planned, and a UNet has
 * 25 different ones in 250 places. Thread-safe.
 */
final class LoopPlans {
    private static final int MOST = 512;

    private record Key(FusedOp op, List<TensorType> types, List<Layout> layouts, Layout output) {}

    private final LinkedHashMap<Key, LoopLowering> known = new LinkedHashMap<>(16, 0.75f, true);

    /** The plan of an op over operands that lie so; empty if there is none. */
    synchronized Optional<LoopPlan> of(FusedOp op, List<TensorType> types, List<Layout> layouts, Layout output) {
        LoopLowering lowering = known.computeIfAbsent(
                new Key(op, List.copyOf(types), List.copyOf(layouts), output),
                _ -> LoopLowerer.lower(op, types, layouts, output));
        if (known.size() > MOST) {
            known.pollFirstEntry();
        }
        return switch (lowering) {
            case LoopLowering.Lowered(LoopPlan plan) -> Optional.of(plan);
            case LoopLowering.Refused _ -> Optional.empty();
        };
    }
}
