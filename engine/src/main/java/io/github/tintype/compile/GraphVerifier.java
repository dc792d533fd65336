package io.github.tintype.compile;

import io.github.tintype.graph.Graph;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.Node;
import io.github.tintype.tensor.TensorType;
import java.util.IdentityHashMap;
import java.util.List;

/** What must hold of a graph after every pass. */
final class GraphVerifier {
    private GraphVerifier() {}

    /** @throws IllegalStateException naming {@code pass} and the broken rule: a bug of the pass */
    static void check(String pass, Graph before, Graph after) {
        checkOutputs(pass, before, after);
        IdentityHashMap<Node, Boolean> seen = new IdentityHashMap<>();
        for (Node node : after.nodes()) {
            check(pass, node, seen);
            seen.put(node, true);
        }
        for (Node output : after.outputs()) {
            if (!seen.containsKey(output)) {
                throw broken(pass, "output %s is not in the graph".formatted(output));
            }
        }
    }

    /** That both give the same: all that has to be asked of a graph whose nodes were made one after another, each of inputs before it and with the type that its op infers. */
    static void checkOutputs(String pass, Graph before, Graph after) {
        if (after.outputs().size() != before.outputs().size()) {
            int wanted = before.outputs().size();
            throw broken(
                    pass,
                    "%d outputs became %d".formatted(wanted, after.outputs().size()));
        }
        for (int i = 0; i < after.outputs().size(); i++) {
            Node old = before.outputs().get(i);
            Node now = after.outputs().get(i);
            if (!now.type().equals(old.type())) {
                throw broken(pass, "output %d was %s and became %s".formatted(i, old, now));
            }
        }
    }

    private static void check(String pass, Node node, IdentityHashMap<Node, Boolean> seen) {
        for (Node input : node.inputs()) {
            if (!seen.containsKey(input)) {
                throw broken(pass, "%s comes before its input %s".formatted(node, input));
            }
        }
        List<TensorType> types = node.inputs().stream().map(Node::type).toList();
        if (!(node.op() instanceof LeafOp) && !node.op().infer(types).equals(node.type())) {
            throw broken(pass, "%s of %s is stated as %s".formatted(node.op(), types, node.type()));
        }
    }

    private static IllegalStateException broken(String pass, String rule) {
        return new IllegalStateException("pass " + pass + ": " + rule);
    }
}
