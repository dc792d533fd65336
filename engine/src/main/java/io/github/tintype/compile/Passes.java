package io.github.tintype.compile;

import java.util.ArrayList;
import java.util.List;

/**
 * The graph compiler: what happens to a traced graph, in order, before {@link Planner} makes kernels of it.
 *
 * <p>There is no pass that removes dead code: {@link io.github.tintype.graph.Graph#of}, by which every pass makes its result, keeps
 * only what the results need.
 */
final class Passes {
    private Passes() {}

    static List<Pass> of(CompileFlags flags) {
        List<Pass> passes = new ArrayList<>();
        passes.add(new ConstantFolding());
        if (flags.conv1x1AsMm()) {
            passes.add(new Conv1x1AsMm());
        }
        passes.add(new MergeProjections());
        if (flags.epilogueFusion()) {
            passes.add(new SplitGatedLinears());
        }
        passes.add(new NoOps());
        passes.add(new CommonSubexpressions());
        passes.add(new FuseUpsamples());
        if (flags.epilogueFusion()) {
            passes.add(new FuseEpilogues());
            // What the other operands of fused kernels were permuted and reshaped for.
            passes.add(new NoOps());
            passes.add(new CommonSubexpressions());
        }
        passes.add(new FuseLoops());
        return List.copyOf(passes);
    }

    /** What runs over the whole graph once its regions are put back: each of them computed for itself what others compute of the same input. */
    static List<Pass> afterRegions() {
        return List.of(new NoOps(), new CommonSubexpressions());
    }
}
