package io.github.tintype.calibration;

import io.github.tintype.graph.Conv2dOp;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.LinearOp;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.PermuteOp;
import io.github.tintype.graph.Scope;
import io.github.tintype.io.LayerForm;
import io.github.tintype.pipelines.PipelineComponent;
import io.github.tintype.quantization.ChosenLayers;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.tensor.StoredWeight;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.tensor.Weight;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.Region;
import io.github.tintype.trace.Tensor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Measures what each form does to each layer while a model runs as it is. Beside each layer, on the very input that it gets, the same layer in each other form is recorded, and of both
 * results only the squares' means are kept; they are read once, when the model's call ends. So no input is stored, and one pass over the samples serves all layers and forms.
 *
 * <p>Reading breaks the graph that is recorded, so what runs inside of {@link #watch} must not be compiled with fullgraph. Belongs to one thread.
 */
final class DamageMeter {
    private final IdentityHashMap<Weight, List<Candidate>> byWeight = new IdentityHashMap<>();
    private final List<Candidate> candidates = new ArrayList<>();
    /* Of the call that is being recorded. */
    private final IdentityHashMap<Node, Boolean> seen = new IdentityHashMap<>();
    private final List<Pending> pending = new ArrayList<>();

    /* A form that a layer could have, and what came of it so far: sums of squares of errors and of results. */
    private static final class Candidate {
        private final PipelineComponent component;
        private final String path;
        private final Weight weight;
        private final Weight changed;
        private final LayerForm form;
        private final long saved;
        private double errors;
        private double results;

        private Candidate(PipelineComponent component, String path, Weight weight, LayerForm form, long saved) {
            this.component = component;
            this.path = path;
            this.weight = weight;
            this.changed = form.of(weight);
            this.form = form;
            this.saved = saved;
        }

        private LayerDamage damage() {
            return new LayerDamage(component, path, weight.type().shape(), form, Math.sqrt(errors / results), saved);
        }
    }

    /* What a call will tell of a candidate: [1] means of squares, of so many elements; reader is the layer's result. */
    private record Pending(Candidate candidate, long elements, Tensor errors, Tensor results, Tensor reader) {}

    /** Has {@code layer} measured in {@code form} too, if it can have it and that saves memory. */
    void add(PipelineComponent component, Module layer, LayerForm form) {
        ChosenLayers.weight(layer)
                .filter(weight -> !weight.isQuantized() && !(weight instanceof StoredWeight))
                .ifPresent(weight -> {
                    long saved = weight.type().bytes() - bytes(form, weight.type());
                    if (saved > 0) {
                        Candidate candidate = new Candidate(component, layer.path(), weight, form, saved);
                        byWeight.computeIfAbsent(weight, _ -> new ArrayList<>()).add(candidate);
                        candidates.add(candidate);
                    }
                });
    }

    /* A layer that can't have the form saves nothing by it. */
    private static long bytes(LayerForm form, TensorType weight) {
        try {
            return form.bytes(weight);
        } catch (ShapeException e) {
            return weight.bytes();
        }
    }

    int size() {
        return candidates.size();
    }

    /** What {@code body} gives; layers of models that are called in it, and weren't before, are measured. */
    <R> R watch(Supplier<R> body) {
        return Region.observe((_, result) -> ended(result), body);
    }

    /** What was measured, in the order of {@link #add}; without layers that nothing ran. */
    List<LayerDamage> damages() {
        return candidates.stream()
                .filter(candidate -> candidate.results > 0)
                .map(Candidate::damage)
                .toList();
    }

    /* A module's call has ended, and with the outermost one the model's. */
    private void ended(Object result) {
        if (result instanceof Tensor tensor) {
            layer(tensor.node())
                    .filter(node -> seen.putIfAbsent(node, true) == null)
                    .ifPresent(node -> measure(node, tensor));
        }
        if (isOutermost() && !pending.isEmpty()) {
            try {
                read();
            } finally { // a graph that breaks here is recorded again
                pending.clear();
                seen.clear();
            }
        }
    }

    /* What is recorded now belongs to the module around the one that has ended. */
    private static boolean isOutermost() {
        return Tensor.full(TensorType.of(DType.F32, 1), 0).node().scope() == Scope.NONE;
    }

    /* The op of the layer whose result it is: that of a convolution computed as a linear layer is permuted. */
    private Optional<Node> layer(Node result) {
        return switch (result.op()) {
            case LinearOp _, Conv2dOp _ ->
                weight(result, 1).filter(byWeight::containsKey).map(_ -> result);
            case PermuteOp _ -> layer(result.inputs().getFirst());
            default -> Optional.empty();
        };
    }

    private static Optional<Weight> weight(Node layer, int input) {
        return input < layer.inputs().size()
                        && layer.inputs().get(input).op() instanceof LeafOp.Parameter(Weight weight)
                ? Optional.of(weight)
                : Optional.empty();
    }

    private void measure(Node layer, Tensor result) {
        Tensor wanted = Tensor.over(layer, Optional.empty()).to(DType.F32);
        Tensor results = meanSquare(wanted);
        for (Candidate candidate : weight(layer, 1).map(byWeight::get).orElseThrow()) {
            Tensor errors =
                    meanSquare(with(layer, candidate.changed).to(DType.F32).sub(wanted));
            pending.add(new Pending(candidate, layer.shape().elements(), errors, results, result));
        }
    }

    private static Tensor with(Node layer, Weight changed) {
        Tensor x = Tensor.over(layer.inputs().getFirst(), Optional.empty());
        Optional<Weight> bias = weight(layer, 2);
        return layer.op() instanceof Conv2dOp(int stride, int padding, int dilation, int groups)
                ? x.conv2d(changed, bias, stride, padding, dilation, groups)
                : x.linear(changed, bias);
    }

    private static Tensor meanSquare(Tensor x) {
        return x.mul(x)
                .mean(false, IntStream.range(0, x.shape().rank()).toArray())
                .reshape(1);
    }

    private void read() {
        List<Tensor> numbers = new ArrayList<>();
        pending.forEach(one -> numbers.addAll(List.of(one.errors, one.results)));
        // one element of a result: what is made of nodes alone doesn't know who can read it
        numbers.add(pending.getLast().reader.flatten(0, -1).slice(0, 0, 1).to(DType.F32));
        HostTensor values = Tensor.cat(0, numbers).toHost();
        for (int i = 0; i < pending.size(); i++) {
            Pending one = pending.get(i);
            one.candidate.errors += values.getDouble(2L * i) * one.elements;
            one.candidate.results += values.getDouble(2L * i + 1) * one.elements;
        }
    }
}
