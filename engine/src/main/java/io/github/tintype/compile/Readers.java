package io.github.tintype.compile;

import io.github.tintype.graph.Graph;
import io.github.tintype.graph.Node;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/** Who reads what in a graph. */
final class Readers {
    private final IdentityHashMap<Node, List<Node>> readers = new IdentityHashMap<>();
    private final Set<Node> outputs = Collections.newSetFromMap(new IdentityHashMap<>());

    Readers(Graph graph) {
        for (Node node : graph.nodes()) {
            for (Node input : node.inputs()) {
                List<Node> of = readers.computeIfAbsent(input, _ -> new ArrayList<>());
                if (of.isEmpty() || of.getLast() != node) {
                    of.add(node);
                }
            }
        }
        outputs.addAll(graph.outputs());
    }

    /** How many times each node is read, as an input or as a result. */
    static IdentityHashMap<Node, Integer> count(Graph graph) {
        IdentityHashMap<Node, Integer> readers = new IdentityHashMap<>();
        for (Node node : graph.nodes()) {
            node.inputs().forEach(input -> readers.merge(input, 1, Integer::sum));
        }
        graph.outputs().forEach(output -> readers.merge(output, 1, Integer::sum));
        return readers;
    }

    /** The nodes that read {@code node}, each once, in the order of the graph. */
    List<Node> of(Node node) {
        return readers.getOrDefault(node, List.of());
    }

    /** Whether {@code node} is a result of the graph. */
    boolean isOutput(Node node) {
        return outputs.contains(node);
    }
}
