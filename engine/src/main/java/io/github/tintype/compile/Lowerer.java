package io.github.tintype.compile;

import io.github.tintype.device.Device;
import io.github.tintype.graph.CompositeOp;
import io.github.tintype.graph.Graph;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.PrimitiveOp;
import io.github.tintype.graph.Scope;
import io.github.tintype.graph.ViewOp;
import io.github.tintype.tensor.TensorType;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;

/** Decomposes composite operators until only leaves, primitives and what the device supports are left. */
final class Lowerer {
    private final Device device;
    private final IdentityHashMap<Node, Node> lowered = new IdentityHashMap<>();

    private Lowerer(Device device) {
        this.device = device;
    }

    static Graph lower(Graph graph, Device device) {
        Lowerer lowerer = new Lowerer(device);
        return Graph.of(graph.outputs().stream()
                .map(output -> lowerer.lowerAll(output, Optional.empty()))
                .toList());
    }

    /*
     * Walks inputs first without recursion: graphs are deep, decompositions are not. What a composite becomes belongs to the
     * composite's scope, wherever its inputs come from.
     */
    private Node lowerAll(Node output, Optional<Scope> scope) {
        for (Node node : Graph.of(List.of(output)).nodes()) {
            if (!lowered.containsKey(node)) {
                lowered.put(node, lowerOne(node, scope.orElse(node.scope())));
            }
        }
        return result(output);
    }

    private Node result(Node node) {
        Node result = lowered.get(node);
        if (result == null) {
            throw new IllegalStateException("not lowered before its reader: " + node);
        }
        return result;
    }

    private Node lowerOne(Node node, Scope scope) {
        List<Node> inputs = node.inputs().stream().map(this::result).toList();
        boolean unchanged = inputs.equals(node.inputs()) && scope.equals(node.scope());
        Node same = unchanged ? node : Node.of(scope, node.op(), inputs);
        if (isKept(same)) {
            return same;
        }
        if (same.op() instanceof CompositeOp composite) {
            for (Node input : inputs) {
                lowered.put(input, input);
            }
            return lowerAll(composite.decompose(inputs), Optional.of(scope));
        }
        return same;
    }

    private boolean isKept(Node node) {
        List<TensorType> types = node.inputs().stream().map(Node::type).toList();
        return node.op() instanceof LeafOp
                || node.op() instanceof ViewOp
                || device.supports(node.op(), types, node.type())
                || node.op() instanceof PrimitiveOp;
    }
}
