package io.github.tintype.graph.stored;

import io.github.tintype.graph.Graph;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.Op;
import io.github.tintype.graph.Scope;
import io.github.tintype.tensor.DenseWeight;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.Shape;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes one graph: its weights, scopes, ops, nodes and outputs, each list by its length first. Nodes repeat a few hundred ops thousands of times, and name them by number. */
final class GraphWriter {
    private final DataOutputStream out;
    private final IdentityHashMap<DenseWeight, Integer> weights = new IdentityHashMap<>();
    private final IdentityHashMap<Scope, Integer> scopes = new IdentityHashMap<>();
    private final IdentityHashMap<Node, Integer> nodes = new IdentityHashMap<>();

    /** Something in the graph has no place in a file. */
    static final class UnstorableException extends Exception {
        private static final long serialVersionUID = 1L;

        UnstorableException(String message) {
            super(message);
        }
    }

    GraphWriter(DataOutputStream out) {
        this.out = out;
    }

    void write(Graph graph, List<DenseWeight> known) throws IOException, UnstorableException {
        out.writeInt(known.size());
        for (DenseWeight weight : known) {
            weights.put(weight, weights.size());
            text(weight.name());
            value(weight.type());
        }
        List<Scope> order = scopes(graph);
        out.writeInt(order.size());
        for (Scope scope : order) {
            text(scope.path());
            text(scope.module());
            out.writeInt(number(scope.parent()));
        }
        Map<Op, Integer> ops = ops(graph);
        out.writeInt(ops.size());
        for (Op op : ops.keySet()) {
            value(op);
        }
        out.writeInt(graph.nodes().size());
        for (Node node : graph.nodes()) {
            out.writeInt(known(ops.get(node.op())));
            out.writeInt(node.inputs().size());
            for (Node input : node.inputs()) {
                out.writeInt(number(input));
            }
            out.writeInt(number(node.scope()));
            nodes.put(node, nodes.size());
        }
        out.writeInt(graph.outputs().size());
        for (Node output : graph.outputs()) {
            out.writeInt(number(output));
        }
    }

    /* Parents first; number 0 is Scope.NONE, which is not in the list. */
    private List<Scope> scopes(Graph graph) {
        scopes.put(Scope.NONE, 0);
        List<Scope> order = new ArrayList<>();
        for (Node node : graph.nodes()) {
            add(node.scope(), order);
        }
        return order;
    }

    private void add(Scope scope, List<Scope> order) {
        if (!scopes.containsKey(scope)) {
            add(scope.parent(), order);
            scopes.put(scope, scopes.size());
            order.add(scope);
        }
    }

    private static Map<Op, Integer> ops(Graph graph) {
        Map<Op, Integer> ops = new LinkedHashMap<>();
        for (Node node : graph.nodes()) {
            ops.putIfAbsent(node.op(), ops.size());
        }
        return ops;
    }

    private int number(Scope scope) {
        return known(scopes.get(scope));
    }

    private int number(Node node) {
        return known(nodes.get(node));
    }

    private static int known(@Nullable Integer number) {
        if (number == null) {
            throw new IllegalStateException("read before it is written");
        }
        return number;
    }

    private void value(Object value) throws IOException, UnstorableException {
        switch (value) {
            case Integer number -> out.writeInt(number);
            case Long number -> out.writeLong(number);
            case Double number -> out.writeDouble(number);
            case Boolean truth -> out.writeBoolean(truth);
            case Enum<?> constant -> text(constant.name());
            case Dim dim -> dim(dim);
            case Shape shape -> value(shape.dims());
            case HostTensor tensor -> tensor(tensor);
            case DenseWeight weight -> weight(weight);
            case List<?> list -> {
                out.writeInt(list.size());
                for (Object element : list) {
                    value(element);
                }
            }
            case Record one -> record(one);
            default -> throw new UnstorableException("a " + value.getClass().getName());
        }
    }

    private void text(String text) throws IOException {
        StoredParts.writeText(text, out);
    }

    private void dim(Dim dim) throws IOException {
        out.writeBoolean(dim.isFixed());
        if (dim.isFixed()) {
            out.writeLong(dim.value());
        } else {
            text(dim.toString());
        }
    }

    private void tensor(HostTensor tensor) throws IOException, UnstorableException {
        value(tensor.type());
        byte[] bytes = tensor.data().toArray(ValueLayout.JAVA_BYTE);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    /* A weight where a derived one could be: no record has this number. */
    private void weight(DenseWeight weight) throws IOException, UnstorableException {
        Integer number = weights.get(weight);
        if (number == null) {
            throw new UnstorableException("a weight that the recorded graph doesn't have: " + weight);
        }
        out.writeByte(GraphReader.WEIGHT);
        out.writeInt(number);
    }

    private void record(Record one) throws IOException, UnstorableException {
        Records.Form form = Records.of(one.getClass())
                .orElseThrow(() -> new UnstorableException("a " + one.getClass().getName()));
        out.writeByte(form.number());
        for (Object value : form.values(one)) {
            value(value);
        }
    }
}
