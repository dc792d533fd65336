package io.github.tintype.compile;

import io.github.tintype.device.Layout;
import io.github.tintype.graph.Graph;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.LinearOp;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.Scope;
import io.github.tintype.graph.SliceOp;
import io.github.tintype.tensor.CatWeight;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.Weight;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Linear layers of one module that read the same rows become one, over their weights one after another, whose results are slices: the q, k
 * and v of self attention, the k and v of cross attention.
 *
 * <pre>
 * %1 = linear(%0, q)                     %1 = linear(%0, cat(q, k, 0))
 * %2 = linear(%0, k)        becomes      %2 = slice[1,0,4](%1)
 *                                        %3 = slice[1,4,8](%1)
 * </pre>
 *
 * Only where every kernel that reads the results takes rows that are spaced, and where nobody else reads one of the weights, which would
 * then be bound twice. Layers of different modules stay apart: their weights together may be a large part of the model, and structurally
 * equal modules are to stay equal.
 */
final class MergeProjections implements Pass {
    /* Which linears can be one. Nodes and scopes are equal only to themselves. */
    private record Reads(Node rows, Scope module, boolean bias) {}

    private record Group(List<Node> linears) {
        /** The weights, or the biases. */
        List<Weight> weights(int input) {
            return linears.stream()
                    .map(linear -> weight(linear, input).orElseThrow())
                    .toList();
        }

        Weight merged(int input) {
            return new CatWeight(weights(input), 0);
        }

        boolean hasBias() {
            return linears.getFirst().inputs().size() == 3;
        }
    }

    @Override
    public String name() {
        return "merge_projections";
    }

    @Override
    public Graph apply(Graph graph, PassContext context) {
        List<Group> groups = groups(graph);
        CopyFree copyFree = new CopyFree(context.device(), graph);
        groups.removeIf(group -> !takesSpacedRows(group, copyFree));
        keepUnshared(groups, graph, context);
        return groups.isEmpty() ? graph : merge(graph, groups);
    }

    private static Optional<Weight> weight(Node linear, int input) {
        return linear.inputs().get(input).op() instanceof LeafOp.Parameter(Weight weight)
                ? Optional.of(weight)
                : Optional.empty();
    }

    private static List<Group> groups(Graph graph) {
        Map<Reads, List<Node>> byRows = new LinkedHashMap<>();
        for (Node node : graph.nodes()) {
            boolean projection = node.op() instanceof LinearOp
                    && weight(node, 1).isPresent()
                    && (node.inputs().size() == 2 || weight(node, 2).isPresent());
            if (projection) {
                Reads reads = new Reads(
                        node.inputs().getFirst(),
                        node.scope().parent(),
                        node.inputs().size() == 3);
                byRows.computeIfAbsent(reads, _ -> new ArrayList<>()).add(node);
            }
        }
        List<Group> groups = new ArrayList<>();
        byRows.values().stream()
                .filter(linears -> linears.size() > 1)
                .map(Group::new)
                .forEach(groups::add);
        return groups;
    }

    private static boolean takesSpacedRows(Group group, CopyFree copyFree) {
        Shape merged = TrySizes.of(group.linears().getFirst().shape())
                .with(-1, group.merged(1).type().shape().dim(0));
        Layout pitched = Layout.contiguous(merged);
        return group.linears().stream().allMatch(linear -> copyFree.takes(linear, pitched));
    }

    /* Removes the groups of which a weight would stay bound on its own, or in another group, too. */
    private static void keepUnshared(List<Group> groups, Graph graph, PassContext context) {
        boolean changed = true;
        while (changed) {
            Map<Weight, Set<Object>> forms = forms(groups, graph);
            changed = groups.removeIf(group -> !isUnshared(group, forms, context));
        }
    }

    private static boolean isUnshared(Group group, Map<Weight, Set<Object>> forms, PassContext context) {
        List<Weight> all = new ArrayList<>(group.weights(1));
        if (group.hasBias()) {
            all.addAll(group.weights(2));
        }
        return all.size() == new HashSet<>(all).size()
                && all.stream()
                        .allMatch(weight -> forms.getOrDefault(weight, Set.of()).size() == 1
                                && weight.parts().stream().noneMatch(context.readElsewhere()::contains));
    }

    /* In which forms each weight would be bound: itself, or a concatenation. */
    private static Map<Weight, Set<Object>> forms(List<Group> groups, Graph graph) {
        IdentityHashMap<Node, Group> groupOf = groupOf(groups);
        Map<Weight, Set<Object>> forms = new HashMap<>();
        for (Node node : graph.nodes()) {
            for (int i = 0; i < node.inputs().size(); i++) {
                if (node.inputs().get(i).op() instanceof LeafOp.Parameter(Weight weight)) {
                    Group group = groupOf.get(node);
                    Object form = group == null ? weight : group.merged(i);
                    forms.computeIfAbsent(weight, _ -> new HashSet<>()).add(form);
                }
            }
        }
        for (Node output : graph.outputs()) {
            if (output.op() instanceof LeafOp.Parameter(Weight weight)) {
                forms.computeIfAbsent(weight, _ -> new HashSet<>()).add(weight);
            }
        }
        return forms;
    }

    private static IdentityHashMap<Node, Group> groupOf(Collection<Group> groups) {
        IdentityHashMap<Node, Group> groupOf = new IdentityHashMap<>();
        groups.forEach(group -> group.linears().forEach(linear -> groupOf.put(linear, group)));
        return groupOf;
    }

    private static Graph merge(Graph graph, List<Group> groups) {
        IdentityHashMap<Node, Group> groupOf = groupOf(groups);
        IdentityHashMap<Node, Node> slices = new IdentityHashMap<>();
        return Rewriter.rewrite(graph, (old, now) -> {
            Group group = groupOf.get(old);
            if (group == null) {
                return now;
            }
            if (!slices.containsKey(old)) {
                slice(group, now.inputs().getFirst(), slices);
            }
            Node slice = slices.get(old);
            return slice == null ? now : slice;
        });
    }

    private static void slice(Group group, Node rows, IdentityHashMap<Node, Node> slices) {
        Scope module = group.linears().getFirst().scope().parent();
        List<Node> inputs = new ArrayList<>(List.of(rows));
        for (int i = 1; i <= (group.hasBias() ? 2 : 1); i++) {
            inputs.add(Node.of(module, new LeafOp.Parameter(group.merged(i)), List.of()));
        }
        Node merged = Node.of(module, new LinearOp(), inputs);
        int last = merged.shape().rank() - 1;
        long from = 0;
        for (Node linear : group.linears()) {
            long to = from + linear.shape().size(-1);
            slices.put(linear, Node.of(linear.scope(), new SliceOp(last, from, to), List.of(merged)));
            from = to;
        }
    }
}
