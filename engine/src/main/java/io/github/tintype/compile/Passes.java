package io.github.tintype.compile;

import java.util.List;

/** The graph compiler: what happens to a traced graph, in order, before {@link Planner} makes kernels of it. */
final class Passes {
    private Passes() {}

    static List<Pass> of(CompileFlags flags) {
        return List.of(new MergeProjections());
    }
}
