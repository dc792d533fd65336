package io.github.tintype.compile;

import io.github.tintype.graph.Graph;
import io.github.tintype.graph.Node;
import java.util.IdentityHashMap;

/** How many times each node of a graph is read, as an input or as a result. */
final class Readers {
    private Readers() {}

    static IdentityHashMap<Node, Integer> count(Graph graph) {
        IdentityHashMap<Node, Integer> readers = new IdentityHashMap<>();
        for (Node node : graph.nodes()) {
            node.inputs().forEach(input -> readers.merge(input, 1, Integer::sum));
        }
        graph.outputs().forEach(output -> readers.merge(output, 1, Integer::sum));
        return readers;
    }
}
