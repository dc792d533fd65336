package io.github.tintype.compile;

import io.github.tintype.graph.ArgMaxOp;
import io.github.tintype.graph.CompositeOp;
import io.github.tintype.graph.Conv2dOp;
import io.github.tintype.graph.Graph;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.MatMulOp;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.Op;
import io.github.tintype.graph.ReduceOp;
import io.github.tintype.graph.Scope;
import io.github.tintype.graph.ViewOp;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A graph as two: what is the same at each step of one prompt, such as the keys and values of cross attention, is computed once.
 *
 * <pre>
 * %0 = linear(in1, k)                request:  %0 = linear(in1, k)      step:  %0 = matmul(in0, in2)
 * %1 = matmul(in0, %0)    becomes              return %0                       return %0
 * return %1
 * </pre>
 *
 * @param request from the constant inputs to what the steps need of them; its inputs have the indices that they have in the whole graph
 * @param step the whole graph's results from all its inputs, and from the request's results as further inputs after them
 */
public record RequestSplit(Graph request, Graph step) {
    /** This split with each symbol replaced by what {@code symbols} gives for it. */
    public RequestSplit substitute(Function<String, Dim> symbols) {
        return new RequestSplit(request.substitute(symbols), step.substitute(symbols));
    }

    /** Which inputs of the whole graph the request reads, in ascending order. */
    public List<Integer> requestInputs() {
        return request.nodes().stream()
                .flatMap(node ->
                        node.op() instanceof LeafOp.Input(int index, TensorType _) ? Stream.of(index) : Stream.empty())
                .sorted()
                .distinct()
                .toList();
    }

    /** The types of the step's further inputs. */
    public List<TensorType> carried() {
        return request.outputs().stream().map(Node::type).toList();
    }

    /**
     * Splits a graph, if there is a product, a convolution or a reduction to save; cheaper work is left in the step.
     *
     * @param arguments how many the graph has, used or not: the index of the step's first further input
     * @param constant the indices of those that are the same at each step
     * @throws IllegalArgumentException if there is no argument of such an index
     */
    public static Optional<RequestSplit> of(Graph graph, int arguments, Set<Integer> constant) {
        if (constant.stream().anyMatch(index -> index < 0 || index >= arguments)) {
            throw new IllegalArgumentException("request split: got constant inputs %s, wanted some of %d arguments"
                    .formatted(constant, arguments));
        }
        List<Node> carried = new Frontier(graph, constant).carried();
        if (carried.isEmpty()) {
            return Optional.empty();
        }
        IdentityHashMap<Node, Node> inputs = new IdentityHashMap<>();
        for (Node node : carried) {
            LeafOp.Input input = new LeafOp.Input(arguments + inputs.size(), node.type());
            inputs.put(node, Node.of(Scope.NONE, input, List.of()));
        }
        Graph step = Rewriter.rewrite(graph, (old, now) -> inputs.getOrDefault(old, now));
        return Optional.of(new RequestSplit(Graph.of(carried), step));
    }

    /** What the request hands to the steps. */
    private static final class Frontier {
        private final Graph graph;
        private final Readers readers;
        private final Set<Node> constant = Collections.newSetFromMap(new IdentityHashMap<>());
        private final Set<Node> worthwhile = Collections.newSetFromMap(new IdentityHashMap<>());

        Frontier(Graph graph, Set<Integer> constantInputs) {
            this.graph = graph;
            this.readers = new Readers(graph);
            for (Node node : graph.nodes()) {
                if (isConstant(node, constantInputs)) {
                    constant.add(node);
                    if (isWork(node) || node.inputs().stream().anyMatch(worthwhile::contains)) {
                        worthwhile.add(node);
                    }
                }
            }
        }

        private boolean isConstant(Node node, Set<Integer> constantInputs) {
            return switch (node.op()) {
                case LeafOp.Input(int index, TensorType _) -> constantInputs.contains(index);
                case LeafOp.Value _ -> false;
                default -> constant.containsAll(node.inputs());
            };
        }

        private static boolean isWork(Node node) {
            return switch (node.op()) {
                case MatMulOp _, Conv2dOp _, ReduceOp _, ArgMaxOp _ -> true;
                case CompositeOp composite -> isWork(composite, node.inputs());
                case Op _ -> false;
            };
        }

        private static boolean isWork(CompositeOp composite, List<Node> inputs) {
            List<Node> leaves = inputs.stream()
                    .map(input -> Node.of(Scope.NONE, new LeafOp.Input(0, input.type()), List.of()))
                    .toList();
            return Graph.of(List.of(composite.decompose(leaves))).nodes().stream()
                    .anyMatch(Frontier::isWork);
        }

        /* Views are made by the step, unless they are the lesser part of what they view. */
        List<Node> carried() {
            Map<Node, Set<Node>> viewsOf = new LinkedHashMap<>();
            for (Node node : graph.nodes()) {
                if (worthwhile.contains(node) && isReadByStep(node)) {
                    viewsOf.computeIfAbsent(viewed(node), _ -> new LinkedHashSet<>())
                            .add(node);
                }
            }
            List<Node> carried = new ArrayList<>();
            viewsOf.forEach((whole, views) -> {
                long parts = views.stream().mapToLong(Frontier::bytes).sum();
                if (parts < bytes(whole)) {
                    carried.addAll(views);
                } else {
                    carried.add(whole);
                }
            });
            return carried;
        }

        private boolean isReadByStep(Node node) {
            return readers.isOutput(node) || !constant.containsAll(readers.of(node));
        }

        private static Node viewed(Node node) {
            Node whole = node;
            while (whole.op() instanceof ViewOp) {
                whole = whole.inputs().getFirst();
            }
            return whole;
        }

        private static long bytes(Node node) {
            return TrySizes.of(node.type()).bytes();
        }
    }
}
