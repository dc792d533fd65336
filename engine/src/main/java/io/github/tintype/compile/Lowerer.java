package io.github.tintype.compile;

import static java.util.stream.Collectors.joining;

import io.github.tintype.device.Device;
import io.github.tintype.graph.CompositeOp;
import io.github.tintype.graph.Graph;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.Op;
import io.github.tintype.graph.PrimitiveOp;
import io.github.tintype.graph.ScaledDotProductAttentionOp;
import io.github.tintype.graph.Scope;
import io.github.tintype.graph.ViewOp;
import io.github.tintype.tensor.SdpBackend;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.tensor.UnsupportedOpException;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Decomposes composite operators until only leaves, primitives and what the device supports are left. */
final class Lowerer {
    /* What hangs on it whether a device supports a node: the same one comes up in many places. */
    private record Signature(Op op, List<TensorType> inputs, TensorType output) {}

    private final Device device;
    private final Map<Signature, Boolean> supported = new HashMap<>();
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
        if (same.op() instanceof ScaledDotProductAttentionOp attention) {
            wantMath(attention, same);
        }
        if (same.op() instanceof CompositeOp composite) {
            for (Node input : inputs) {
                lowered.put(input, input);
            }
            return lowerAll(composite.decompose(inputs), Optional.of(scope));
        }
        return same;
    }

    /* The decomposition is a back end like the others. Where it may not be used, the error lists what those lack that may. */
    private void wantMath(ScaledDotProductAttentionOp attention, Node node) {
        if (attention.choice().allows(SdpBackend.MATH)) {
            return;
        }
        String lacks = attention.choice().kernels().stream()
                .map(backend -> "%s: %s"
                        .formatted(
                                backend,
                                device.lacks(backend, attention, types(node), node.type())
                                        .orElseThrow(() -> new IllegalStateException(
                                                "%s lacks nothing for %s, and doesn't support it"
                                                        .formatted(device.name(), node)))))
                .collect(joining("; "));
        String path = node.scope().path();
        throw new UnsupportedOpException("%s: No available kernel: %s%s"
                .formatted(attention.name(), lacks, path.isEmpty() ? "" : " (at %s)".formatted(path)));
    }

    private static List<TensorType> types(Node node) {
        return node.inputs().stream().map(Node::type).toList();
    }

    private boolean isSupported(Node node) {
        return supported.computeIfAbsent(
                new Signature(node.op(), types(node), node.type()),
                of -> device.supports(of.op(), of.inputs(), of.output()));
    }

    private boolean isKept(Node node) {
        return node.op() instanceof LeafOp
                || node.op() instanceof ViewOp
                || node.op() instanceof PrimitiveOp
                || isSupported(node);
    }
}
