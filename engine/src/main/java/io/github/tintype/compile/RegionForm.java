package io.github.tintype.compile;

import io.github.tintype.compile.CallTree.Call;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.Scope;
import io.github.tintype.tensor.CastWeight;
import io.github.tintype.tensor.CatWeight;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.DenseWeight;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.QuantizationScheme;
import io.github.tintype.tensor.QuantizedPart;
import io.github.tintype.tensor.QuantizedPart.Part;
import io.github.tintype.tensor.QuantizedWeight;
import io.github.tintype.tensor.ReshapedWeight;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.SliceWeight;
import io.github.tintype.tensor.StoredWeight;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.tensor.Weight;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * The region of a module call, written so that two calls that compute the same from different inputs and weights have equal keys. Nodes are
 * in the order of a depth-first walk from the outputs, these in an order of their own, and everything else is numbered in the order in which that walk meets it. Symbols in
 * sizes keep their names: they are the program's, so that one size has one name everywhere.
 *
 * @param inputs the nodes outside that it reads
 * @param outputs its nodes that are read outside
 * @param weights the distinct dense weights in it
 * @param scopes the call's own, then those of the calls below it
 */
record RegionForm(
        Call call,
        RegionKey key,
        List<Node> inputs,
        List<Node> outputs,
        List<DenseWeight> weights,
        List<Scope> scopes) {
    RegionForm {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        weights = List.copyOf(weights);
        scopes = List.copyOf(scopes);
    }

    static RegionForm of(CallTree tree, Call call) {
        return new Writer(tree, call).write();
    }

    RegionForm with(RegionKey equalKey) {
        return new RegionForm(call, equalKey, inputs, outputs, weights, scopes);
    }

    List<TensorType> outputTypes() {
        return outputs.stream().map(Node::type).toList();
    }

    private static final class Writer {
        private final CallTree tree;
        private final Call call;
        private final Numbers<Node> inputs = new Numbers<>();
        private final Numbers<Node> nodes = new Numbers<>();
        private final Numbers<DenseWeight> weights = new Numbers<>();
        private final Numbers<Scope> scopes = new Numbers<>();
        private final List<RegionKey.Entry> entries = new ArrayList<>();
        private final List<RegionKey.Module> modules = new ArrayList<>();

        Writer(CallTree tree, Call call) {
            this.tree = tree;
            this.call = call;
        }

        RegionForm write() {
            scopes.of(call.scope());
            modules.add(new RegionKey.Module(-1, call.module()));
            List<Node> outputs = sortedOutputs();
            walk(outputs).forEach(this::enter);
            RegionKey key = new RegionKey(
                    modules,
                    inputs.list.stream().map(Node::type).toList(),
                    entries,
                    outputs.stream().map(nodes::of).toList());
            return new RegionForm(call, key, inputs.list, outputs, weights.list, scopes.list);
        }

        /* By what they compute, since the order in which the rest of the graph asks for them says nothing about the region. */
        private List<Node> sortedOutputs() {
            if (call.outputs().size() == 1) {
                return call.outputs();
            }
            IdentityHashMap<Node, Integer> hashes = new IdentityHashMap<>();
            for (Node node : walk(call.outputs())) {
                hashes.put(node, hash(node, hashes));
            }
            return call.outputs().stream()
                    .sorted(Comparator.comparing(output -> Objects.requireNonNull(hashes.get(output))))
                    .toList();
        }

        /* Of text, which is the same in each process. */
        private static int hash(Node node, IdentityHashMap<Node, Integer> hashes) {
            boolean named = node.op() instanceof LeafOp.Parameter || node.op() instanceof LeafOp.Constant;
            int hash = (named ? node.op().name() : node.op().toString()).hashCode();
            for (Node input : node.inputs()) {
                Integer known = hashes.get(input);
                hash = 31 * hash + (known == null ? input.type().toString().hashCode() : known);
            }
            return hash;
        }

        /* The region's nodes, each after those that it reads. */
        private List<Node> walk(List<Node> outputs) {
            List<Node> order = new ArrayList<>();
            Set<Node> done = Collections.newSetFromMap(new IdentityHashMap<>());
            Deque<Node> open = new ArrayDeque<>();
            for (Node output : outputs) {
                open.push(output);
                while (!open.isEmpty()) {
                    Node node = open.peek();
                    List<Node> missing = node.inputs().stream()
                            .filter(input -> isInside(input) && !done.contains(input))
                            .toList();
                    if (missing.isEmpty() || done.contains(node)) {
                        open.pop();
                        if (done.add(node)) {
                            order.add(node);
                        }
                    } else {
                        missing.reversed().forEach(open::push);
                    }
                }
            }
            return order;
        }

        private boolean isInside(Node node) {
            return call.contains(tree.of(node));
        }

        private void enter(Node node) {
            List<Integer> edges = node.inputs().stream()
                    .map(input -> isInside(input) ? nodes.of(input) : -1 - inputs.of(input))
                    .toList();
            entries.add(new RegionKey.Entry(op(node), edges, scope(node.scope())));
            nodes.of(node);
        }

        private int scope(Scope scope) {
            if (!scopes.contains(scope)) {
                int parent = scope(scope.parent());
                modules.add(new RegionKey.Module(parent, scope.module()));
            }
            return scopes.of(scope);
        }

        private Object op(Node node) {
            return switch (node.op()) {
                case LeafOp.Parameter(Weight weight) -> weight(weight);
                case LeafOp.Constant(HostTensor value) ->
                    new RegionKey.Data(value.type(), value.data().asByteBuffer());
                default -> node.op();
            };
        }

        private Object weight(Weight weight) {
            return switch (weight) {
                case DenseWeight dense -> new RegionKey.Placeholder(weights.of(dense), dense.type());
                case SliceWeight(Weight of, int axis, long from, long to) ->
                    List.of("slice", weight(of), axis, from, to);
                case CatWeight(List<Weight> of, int axis) ->
                    List.of("cat", of.stream().map(this::weight).toList(), axis);
                case ReshapedWeight(Weight of, Shape shape) -> List.of("reshape", weight(of), shape);
                case CastWeight(Weight of, DType dtype) -> List.of("cast", weight(of), dtype);
                case QuantizedPart(Weight of, QuantizationScheme scheme, Part part) ->
                    List.of("quantized", weight(of), scheme, part);
                case QuantizedWeight _, StoredWeight _ -> throw new IllegalStateException("no parameter: " + weight);
            };
        }
    }

    /* Gives each object a number when it is first seen. */
    private static final class Numbers<T> {
        private final IdentityHashMap<T, Integer> numbers = new IdentityHashMap<>();
        private final List<T> list = new ArrayList<>();

        boolean contains(T object) {
            return numbers.containsKey(object);
        }

        int of(T object) {
            return numbers.computeIfAbsent(object, _ -> {
                list.add(object);
                return list.size() - 1;
            });
        }
    }
}
