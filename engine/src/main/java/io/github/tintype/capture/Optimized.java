package io.github.tintype.capture;

import io.github.tintype.compile.Optimizer;
import io.github.tintype.graph.Graph;
import java.util.Optional;

/**
 * A graph after the passes.
 *
 * @param result the graph, and what the passes did when it was made
 * @param cache what came of looking for it in the device's cache, for people; empty if nothing was looked for
 */
record Optimized(Optimizer.Result result, Optional<String> cache) {
    Graph graph() {
        return result.graph();
    }
}
