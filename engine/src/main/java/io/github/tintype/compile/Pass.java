package io.github.tintype.compile;

import io.github.tintype.graph.Graph;

/**
 * One improvement of a whole graph: the result computes the same from the same inputs and weights. Sizes may be symbolic. A pass keeps
 * the number, order and types of the outputs; {@link GraphVerifier} holds it to that.
 */
public interface Pass {
    /** For dumps and reports, in snake case, e.g. {@code fuse_epilogues}. */
    String name();

    /** The improved graph; {@code graph} itself where there is nothing to do. */
    Graph apply(Graph graph, PassContext context);
}
