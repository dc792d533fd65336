package io.github.tintype.compile;

import io.github.tintype.graph.Graph;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.Op;
import io.github.tintype.graph.Scope;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Computes the same thing once: equal ops over the same inputs become one node. Leaves are the same if they are the same argument, the
 * same weight, the same number of the same type, or constants in the same memory.
 *
 * <pre>
 * # a
 * %0 = silu(in0): f32[b,4]               #
 * %1 = linear(%0, a.weight): f32[b,4]    %0 = silu(in0): f32[b,4]
 * # b                                becomes     # a
 * %2 = silu(in0): f32[b,4]               %1 = linear(%0, a.weight): f32[b,4]
 * %3 = linear(%2, b.weight): f32[b,4]    # b
 *                                        %2 = linear(%0, b.weight): f32[b,4]
 * </pre>
 *
 * What several module calls share belongs to the innermost call that all of them were made from, so that equal modules stay equal.
 */
final class CommonSubexpressions implements Pass {
    /* Inputs are compared as objects: nodes have no equals. */
    private record Key(Op op, List<Node> inputs) {}

    @Override
    public String name() {
        return "common_subexpressions";
    }

    @Override
    public Graph apply(Graph graph, PassContext context) {
        Map<Key, Node> first = new HashMap<>();
        IdentityHashMap<Node, Node> representatives = new IdentityHashMap<>();
        IdentityHashMap<Node, Scope> shared = new IdentityHashMap<>();
        for (Node node : graph.nodes()) {
            List<Node> inputs = node.inputs().stream()
                    .map(input -> Objects.requireNonNull(representatives.get(input)))
                    .toList();
            Node known = first.putIfAbsent(new Key(node.op(), inputs), node);
            Node representative = known == null ? node : known;
            representatives.put(node, representative);
            shared.merge(representative, node.scope(), CommonSubexpressions::common);
        }
        if (first.size() == graph.nodes().size()) {
            return graph;
        }
        IdentityHashMap<Node, Node> made = new IdentityHashMap<>();
        return Rewriter.rewrite(graph, (old, now) -> {
            Node representative = Objects.requireNonNull(representatives.get(old));
            return made.computeIfAbsent(
                    representative, _ -> within(now, Objects.requireNonNull(shared.get(representative))));
        });
    }

    private static Node within(Node node, Scope scope) {
        return node.scope() == scope ? node : node.in(scope);
    }

    private static Scope common(Scope a, Scope b) {
        if (a == b) {
            return a;
        }
        Set<Scope> ofA = new HashSet<>();
        for (Scope scope = a; scope != Scope.NONE; scope = scope.parent()) {
            ofA.add(scope);
        }
        Scope scope = b;
        while (scope != Scope.NONE && !ofA.contains(scope)) {
            scope = scope.parent();
        }
        return scope;
    }
}
