package io.github.tintype.compile;

import io.github.tintype.graph.Graph;
import io.github.tintype.graph.Node;
import java.util.IdentityHashMap;

/** Rebuilds a graph node by node, inputs first: what most passes are. Nodes whose inputs stay and that stay themselves are kept as objects. */
final class Rewriter {
    /** What becomes of one node. */
    @FunctionalInterface
    interface Rule {
        /**
         * @param old a node of the graph as it was
         * @param now the same node over rewritten inputs
         * @return what readers of {@code old} shall read; {@code now} to change nothing
         */
        Node rewrite(Node old, Node now);
    }

    private final IdentityHashMap<Node, Node> rewritten = new IdentityHashMap<>();

    private Rewriter() {}

    /** {@code graph} itself where the rule changes nothing. */
    static Graph rewrite(Graph graph, Rule rule) {
        Rewriter rewriter = new Rewriter();
        boolean changed = false;
        for (Node old : graph.nodes()) {
            Node result = rule.rewrite(old, rewriter.over(old));
            rewriter.rewritten.put(old, result);
            changed |= result != old;
        }
        return changed ? Graph.of(graph.outputs().stream().map(rewriter::result).toList()) : graph;
    }

    private Node over(Node old) {
        boolean same = true;
        for (Node input : old.inputs()) {
            same &= result(input) == input;
        }
        return same ? old : old.over(old.inputs().stream().map(this::result).toList());
    }

    private Node result(Node old) {
        Node result = rewritten.get(old);
        if (result == null) {
            throw new IllegalStateException("rewritten after its reader: " + old);
        }
        return result;
    }
}
