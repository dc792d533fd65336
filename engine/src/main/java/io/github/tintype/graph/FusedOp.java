package io.github.tintype.graph;

import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * Several ops that a device computes as one kernel, without their intermediate results in memory. Made by the compiler; its meaning is
 * its steps, one after another, the last of which is the result. Two of equal steps are equal, wherever they came from.
 *
 * <p>Steps may be composites (group norm, layer norm, softmax, activations): whoever lowers knows them or decomposes them.
 *
 * @param arguments how many inputs it has
 * @param steps one or more; none is a leaf but a {@link LeafOp.Scalar}
 */
public record FusedOp(int arguments, List<Step> steps) implements CompositeOp {
    private static final int NAMED_STEPS = 4;

    /** One op. Number i of {@code inputs} is argument i, number {@code arguments} + i the result of step i, which comes before. */
    public record Step(Op op, List<Integer> inputs) {
        public Step {
            inputs = List.copyOf(inputs);
        }
    }

    public FusedOp {
        steps = List.copyOf(steps);
        if (steps.isEmpty()) {
            throw new ShapeException("fused: got no steps, wanted one or more");
        }
        for (int i = 0; i < steps.size(); i++) {
            Step step = steps.get(i);
            boolean leaf = step.op instanceof LeafOp && !(step.op instanceof LeafOp.Scalar);
            if (leaf || step.op instanceof FusedOp) {
                throw new ShapeException("fused: got %s as a step".formatted(step.op));
            }
            for (int input : step.inputs) {
                if (input < 0 || input >= arguments + i) {
                    throw new ShapeException(
                            "fused: step %d reads %d, wanted 0 to %d".formatted(i, input, arguments + i - 1));
                }
            }
        }
    }

    /**
     * What leads from {@code arguments} to {@code output}. Each way back from {@code output} ends in an argument, a scalar or a
     * node without inputs that is no leaf.
     *
     * @throws ShapeException if a way ends in another leaf
     */
    public static FusedOp of(Node output, List<Node> arguments) {
        IdentityHashMap<Node, Integer> numbers = new IdentityHashMap<>();
        for (Node argument : arguments) {
            numbers.put(argument, numbers.size());
        }
        List<Step> steps = new ArrayList<>();
        Graph region = Graph.of(List.of(output), numbers::containsKey);
        for (Node node : region.nodes()) {
            if (numbers.containsKey(node)) {
                continue;
            }
            steps.add(
                    new Step(node.op(), node.inputs().stream().map(numbers::get).toList()));
            numbers.put(node, numbers.size());
        }
        return new FusedOp(arguments.size(), steps);
    }

    /** What it computes, in short, for profiles: {@code fused_group_norm_silu}. Views and numbers are not named. */
    @Override
    public String name() {
        List<String> names = steps.stream()
                .map(Step::op)
                .filter(op -> !(op instanceof LeafOp || op instanceof ViewOp))
                .map(Op::name)
                .toList();
        String more = names.size() > NAMED_STEPS ? "_and_" + (names.size() - NAMED_STEPS) : "";
        return "fused_" + String.join("_", names.subList(0, Math.min(names.size(), NAMED_STEPS))) + more;
    }

    @Override
    public TensorType infer(List<TensorType> inputs) {
        Types.count(name(), inputs, arguments, arguments);
        List<TensorType> known = new ArrayList<>(inputs);
        for (Step step : steps) {
            known.add(step.op.infer(step.inputs.stream().map(known::get).toList()));
        }
        return known.getLast();
    }

    @Override
    public Op substitute(Function<String, Dim> symbols) {
        return new FusedOp(
                arguments,
                steps.stream()
                        .map(step -> new Step(step.op.substitute(symbols), step.inputs))
                        .toList());
    }

    @Override
    public Node decompose(List<Node> inputs) {
        Types.count(name(), inputs.stream().map(Node::type).toList(), arguments, arguments);
        List<Node> known = new ArrayList<>(inputs);
        Scope scope = inputs.isEmpty() ? Scope.NONE : inputs.getFirst().scope();
        for (Step step : steps) {
            known.add(
                    Node.of(scope, step.op, step.inputs.stream().map(known::get).toList()));
        }
        return known.getLast();
    }

    /** The steps as a graph over {@link LeafOp.Input}s of these types. */
    public Graph body(List<TensorType> inputs) {
        List<Node> leaves = new ArrayList<>();
        for (TensorType type : inputs) {
            leaves.add(Node.of(Scope.NONE, new LeafOp.Input(leaves.size(), type), List.of()));
        }
        return Graph.of(List.of(decompose(leaves)));
    }

    @Override
    public long flops(List<TensorType> inputs, TensorType output) {
        List<TensorType> known = new ArrayList<>(inputs);
        long flops = 0;
        for (Step step : steps) {
            List<TensorType> read = step.inputs.stream().map(known::get).toList();
            known.add(step.op.infer(read));
            flops += step.op instanceof LeafOp ? 0 : step.op.flops(read, known.getLast());
        }
        return flops;
    }

    /** E.g. {@code fused{0=silu(a0) 1=mul(0,a1)}}; a scalar stands where it is read. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("fused{");
        for (int i = 0; i < steps.size(); i++) {
            Step step = steps.get(i);
            if (step.op instanceof LeafOp.Scalar) {
                continue;
            }
            List<String> read = step.inputs.stream().map(this::shown).toList();
            text.append("%s%d=%s(%s)"
                    .formatted(
                            text.charAt(text.length() - 1) == '{' ? "" : " ",
                            i,
                            GraphText.op(step.op),
                            String.join(",", read)));
        }
        return text.append('}').toString();
    }

    private String shown(int input) {
        if (input < arguments) {
            return "a" + input;
        }
        return steps.get(input - arguments).op instanceof LeafOp.Scalar(double value, var _)
                ? String.format(Locale.ROOT, "%s", value)
                : Integer.toString(input - arguments);
    }
}
