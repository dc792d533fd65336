package io.github.tintype.compile;

import io.github.tintype.graph.Graph;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.Scope;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;

/** The module calls in which the nodes of a traced graph were recorded, as they were nested. */
final class CallTree {
    /** One call. Its region is the nodes recorded in it and in the calls below it. */
    static final class Call {
        private final Scope scope;
        private final List<Call> children = new ArrayList<>();
        private final List<Node> outputs = new ArrayList<>();
        private int kernels;
        private int enter;
        private int exit;

        private Call(Scope scope) {
            this.scope = scope;
        }

        Scope scope() {
            return scope;
        }

        String module() {
            return scope.module();
        }

        /** The calls made from this one, in the order of their first nodes. */
        List<Call> children() {
            return children;
        }

        /** The nodes of the region that are read outside of it or are results of the graph, in the order of the graph. */
        List<Node> outputs() {
            return outputs;
        }

        /** How many nodes of the region compute: leaves and views don't. */
        int kernels() {
            return kernels;
        }

        /** Whether {@code other} is this call or made within it. */
        boolean contains(Call other) {
            return enter <= other.enter && other.exit <= exit;
        }

        @Override
        public String toString() {
            return "%s (%s)".formatted(scope.module(), scope.path());
        }
    }

    private final IdentityHashMap<Scope, Call> calls = new IdentityHashMap<>();
    private final Graph graph;
    private final Call root;

    CallTree(Graph graph) {
        this.graph = graph;
        this.root = call(Scope.NONE);
        graph.nodes().forEach(node -> call(node.scope()));
        number(root, 0);
        Readers readers = new Readers(graph);
        for (Node node : graph.nodes()) {
            markOutputs(node, readers);
            if (!Regions.isLeafOrView(node)) {
                for (Call call = of(node); call != root; call = parent(call)) {
                    call.kernels++;
                }
            }
        }
        root.outputs.addAll(graph.outputs());
    }

    /** The call of this scope. */
    Call call(Scope scope) {
        Call known = calls.get(scope);
        if (known == null) {
            known = new Call(scope);
            calls.put(scope, known);
            if (scope != Scope.NONE) {
                call(scope.parent()).children.add(known);
            }
        }
        return known;
    }

    private static int number(Call call, int next) {
        call.enter = next;
        int after = next + 1;
        for (Call child : call.children) {
            after = number(child, after);
        }
        call.exit = after;
        return after;
    }

    private void markOutputs(Node node, Readers readers) {
        for (Call call = of(node); call != root; call = parent(call)) {
            Call region = call;
            boolean escapes = readers.isOutput(node)
                    || readers.of(node).stream().anyMatch(reader -> !region.contains(of(reader)));
            if (!escapes) {
                return;
            }
            region.outputs.add(node);
        }
    }

    Graph graph() {
        return graph;
    }

    /** What is outside of every call, and contains all of them. */
    Call root() {
        return root;
    }

    /** The one call that everything which computes was recorded in, if there is one. */
    Optional<Call> only() {
        boolean outside =
                graph.nodes().stream().anyMatch(node -> node.scope() == Scope.NONE && !Regions.isLeafOrView(node));
        return outside || root.children.size() != 1 ? Optional.empty() : Optional.of(root.children.getFirst());
    }

    /** The innermost call that {@code node} was recorded in. */
    Call of(Node node) {
        return call(node.scope());
    }

    /** The call that made this one. */
    Call parent(Call call) {
        return call(call.scope().parent());
    }
}
