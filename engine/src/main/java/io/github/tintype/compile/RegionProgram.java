package io.github.tintype.compile;

import io.github.tintype.graph.Graph;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.Scope;
import io.github.tintype.tensor.DenseWeight;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.tensor.Weight;
import java.util.BitSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What equal module calls share: the graph of the first of them, optimised, with its inputs, weights and scopes to be replaced. */
final class RegionProgram {
    private final RegionForm first;
    /* Weights, by number, that some occurrence shares with another part of the graph. */
    private final BitSet shared = new BitSet();
    private Optional<Graph> optimized = Optional.empty();

    RegionProgram(RegionForm first) {
        this.first = first;
    }

    RegionForm first() {
        return first;
    }

    String module() {
        return first.call().module();
    }

    List<TensorType> inputTypes() {
        return first.key().inputs();
    }

    List<TensorType> outputTypes() {
        return first.outputTypes();
    }

    /** @return whether that is news */
    boolean share(int weight) {
        boolean known = shared.get(weight);
        shared.set(weight);
        return !known;
    }

    boolean isShared(int weight) {
        return shared.get(weight);
    }

    Set<DenseWeight> readElsewhere() {
        return shared.stream().mapToObj(first.weights()::get).collect(Collectors.toSet());
    }

    boolean isOptimized() {
        return optimized.isPresent();
    }

    void optimized(Graph graph) {
        optimized = Optional.of(graph);
    }

    /** The outputs for one occurrence: {@code inputs} are its inputs, then its weights as parameters. */
    List<Node> instantiate(List<Node> inputs, List<Scope> scopes) {
        Graph graph =
                optimized.orElseThrow(() -> new IllegalStateException("not optimised before it is used: " + this));
        IdentityHashMap<DenseWeight, Node> weights = new IdentityHashMap<>();
        for (int i = 0; i < first.weights().size(); i++) {
            weights.put(first.weights().get(i), inputs.get(inputTypes().size() + i));
        }
        IdentityHashMap<Scope, Scope> scopeOf = new IdentityHashMap<>();
        for (int i = 0; i < scopes.size(); i++) {
            scopeOf.put(first.scopes().get(i), scopes.get(i));
        }
        IdentityHashMap<Node, Node> made = new IdentityHashMap<>();
        for (Node node : graph.nodes()) {
            Scope scope = scopeOf.getOrDefault(node.scope(), node.scope());
            made.put(
                    node,
                    switch (node.op()) {
                        case LeafOp.Input(int index, TensorType _) -> inputs.get(index);
                        case LeafOp.Parameter(Weight weight) -> parameter(weight, weights, scope);
                        default ->
                            Node.of(
                                    scope,
                                    node.op(),
                                    node.inputs().stream().map(made::get).toList());
                    });
        }
        return graph.outputs().stream().map(made::get).toList();
    }

    private Node parameter(Weight weight, IdentityHashMap<DenseWeight, Node> weights, Scope scope) {
        if (weight instanceof DenseWeight dense) {
            return node(dense, weights);
        }
        Weight replaced = weight.withParts(part -> dense(node(part, weights)));
        return Node.of(scope, new LeafOp.Parameter(replaced), List.of());
    }

    private Node node(DenseWeight weight, IdentityHashMap<DenseWeight, Node> weights) {
        Node node = weights.get(weight);
        if (node == null) {
            throw new IllegalStateException("%s: a weight that no call has: %s".formatted(this, weight));
        }
        return node;
    }

    private DenseWeight dense(Node node) {
        if (node.op() instanceof LeafOp.Parameter(DenseWeight dense)) {
            return dense;
        }
        throw new IllegalStateException("%s: got %s, wanted a weight".formatted(this, node));
    }

    @Override
    public String toString() {
        return module() + "#" + first.key().digest();
    }
}
