package io.github.tintype.compile;

import io.github.tintype.compile.CallTree.Call;
import io.github.tintype.graph.Graph;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.Scope;
import io.github.tintype.tensor.DenseWeight;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Cuts regions out of a graph, each to a {@link RegionOp}, and puts them back. */
final class RegionGraphs {
    private final Regions regions;

    RegionGraphs(Regions regions) {
        this.regions = regions;
    }

    /** The whole graph, its regions cut out; itself if it has none. */
    Graph rest() {
        Call root = regions.tree().root();
        return regions.regions(root).isEmpty()
                ? regions.tree().graph()
                : cut(root, root.outputs(), new IdentityHashMap<>());
    }

    /** A program's first call on its own, with the regions in it cut out: a graph from inputs 0, 1, … to its outputs. */
    Graph body(RegionProgram program) {
        IdentityHashMap<Node, Node> inputs = new IdentityHashMap<>();
        for (Node input : program.first().inputs()) {
            LeafOp.Input leaf = new LeafOp.Input(inputs.size(), input.type());
            inputs.put(input, Node.of(Scope.NONE, leaf, List.of()));
        }
        return cut(program.first().call(), program.first().outputs(), inputs);
    }

    private Graph cut(Call body, List<Node> outputs, IdentityHashMap<Node, Node> known) {
        Set<Object> open = Collections.newSetFromMap(new IdentityHashMap<>());
        Deque<Node> stack = new ArrayDeque<>();
        for (Node output : outputs) {
            stack.push(output);
            while (!stack.isEmpty()) {
                Node node = stack.peek();
                if (known.containsKey(node)) {
                    stack.pop();
                    continue;
                }
                Optional<Call> region = regions.region(node, body);
                List<Node> reads =
                        region.map(call -> regions.form(call).inputs()).orElse(node.inputs());
                List<Node> missing =
                        reads.stream().filter(read -> !known.containsKey(read)).toList();
                if (missing.isEmpty()) {
                    stack.pop();
                    make(node, region, known);
                } else if (!open.add(region.map(Object.class::cast).orElse(node))) {
                    throw new IllegalStateException("%s reads its own results through others".formatted(region));
                } else {
                    missing.reversed().forEach(stack::push);
                }
            }
        }
        return Graph.of(outputs.stream().map(known::get).toList());
    }

    private void make(Node node, Optional<Call> region, IdentityHashMap<Node, Node> known) {
        if (region.isEmpty()) {
            List<Node> inputs = node.inputs().stream().map(known::get).toList();
            known.put(node, inputs.equals(node.inputs()) ? node : Node.of(node.scope(), node.op(), inputs));
            return;
        }
        RegionForm form = regions.form(region.get());
        Scope scope = region.get().scope();
        List<Node> inputs =
                new ArrayList<>(form.inputs().stream().map(known::get).toList());
        for (DenseWeight weight : form.weights()) {
            inputs.add(Node.of(scope, new LeafOp.Parameter(weight), List.of()));
        }
        for (int i = 0; i < form.outputs().size(); i++) {
            RegionOp op = new RegionOp(regions.program(region.get()), i);
            known.put(form.outputs().get(i), Node.of(scope, op, inputs));
        }
    }

    private record Occurrence(RegionProgram program, Scope scope, List<Node> inputs) {}

    /** {@code graph} with each region that was cut out replaced by its optimised program. */
    Graph expand(Graph graph) {
        Map<Occurrence, List<Node>> results = new HashMap<>();
        return Rewriter.rewrite(graph, (_, now) -> {
            if (!(now.op() instanceof RegionOp(RegionProgram program, int output))) {
                return now;
            }
            Occurrence occurrence = new Occurrence(program, now.scope(), now.inputs());
            return results.computeIfAbsent(occurrence, this::instantiate).get(output);
        });
    }

    private List<Node> instantiate(Occurrence occurrence) {
        RegionForm form = regions.form(regions.tree().call(occurrence.scope()));
        return occurrence.program().instantiate(occurrence.inputs(), form.scopes());
    }
}
