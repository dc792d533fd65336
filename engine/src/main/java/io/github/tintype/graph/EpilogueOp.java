package io.github.tintype.graph;

import static java.util.stream.Collectors.joining;

import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * An op whose result goes through elementwise steps before it is stored, so that memory is written once. Made by the compiler for
 * devices that can; its meaning is {@code base}, then one op a step. Inputs: those of {@code base}, then one for each {@link Step.Add}
 * and {@link Step.Mul} in order, which broadcasts to the result. The result has the type of {@code base}'s.
 *
 * @param base any but a leaf or another epilogue
 * @param steps one or more, in order
 */
public record EpilogueOp(Op base, List<Step> steps) implements CompositeOp {
    /** What is done to each element of the result so far. */
    public sealed interface Step {
        /** Its name in dumps. */
        String name();

        /** A function of it. */
        record Activation(ActivationOp.Kind kind) implements Step {
            @Override
            public String name() {
                return kind.name().toLowerCase(Locale.ROOT);
            }
        }

        /** The next input is added. */
        record Add() implements Step {
            @Override
            public String name() {
                return "add";
            }
        }

        /** It is multiplied by the next input. */
        record Mul() implements Step {
            @Override
            public String name() {
                return "mul";
            }
        }

        /** A number is added. */
        record AddScalar(double value) implements Step {
            @Override
            public String name() {
                return "add(" + value + ")";
            }
        }

        /** It is multiplied by a number. */
        record MulScalar(double value) implements Step {
            @Override
            public String name() {
                return "mul(" + value + ")";
            }
        }

        /** Whether it reads an input. */
        default boolean readsInput() {
            return switch (this) {
                case Add _, Mul _ -> true;
                case Activation _, AddScalar _, MulScalar _ -> false;
            };
        }
    }

    public EpilogueOp {
        steps = List.copyOf(steps);
        if (base instanceof LeafOp || base instanceof EpilogueOp || steps.isEmpty()) {
            throw new ShapeException(
                    "epilogue: got %s with steps %s, wanted an op and one step or more".formatted(base, steps));
        }
    }

    /** {@code op} with one step more. */
    public static EpilogueOp of(Op op, Step step) {
        if (op instanceof EpilogueOp(Op base, List<Step> steps)) {
            List<Step> all = new ArrayList<>(steps);
            all.add(step);
            return new EpilogueOp(base, all);
        }
        return new EpilogueOp(op, List.of(step));
    }

    /** E.g. {@code conv2d+add+silu}. */
    @Override
    public String name() {
        return base.name() + suffix();
    }

    String suffix() {
        return steps.stream().map(step -> "+" + step.name()).collect(joining());
    }

    /** How many of so many inputs are {@code base}'s. */
    public int baseInputs(int inputs) {
        return inputs - (int) steps.stream().filter(Step::readsInput).count();
    }

    @Override
    public TensorType infer(List<TensorType> inputs) {
        int own = baseInputs(inputs.size());
        if (own < 1) {
            throw new ShapeException("%s: got %d inputs, wanted %d more".formatted(name(), inputs.size(), 1 - own));
        }
        TensorType result = base.infer(inputs.subList(0, own));
        Types.wantFloat(name(), result);
        for (TensorType operand : inputs.subList(own, inputs.size())) {
            DType dtype = BinaryOp.commonType(name(), result, operand);
            boolean fits = dtype == result.dtype()
                    && Shape.broadcast(name(), result.shape(), operand.shape()).equals(result.shape());
            if (!fits) {
                throw new ShapeException(
                        "%s: got %s, wanted something that broadcasts to %s".formatted(name(), operand, result));
            }
        }
        return result;
    }

    @Override
    public Op substitute(Function<String, Dim> symbols) {
        return new EpilogueOp(base.substitute(symbols), steps);
    }

    @Override
    public Node decompose(List<Node> inputs) {
        int own = baseInputs(inputs.size());
        Iterator<Node> operands = inputs.subList(own, inputs.size()).iterator();
        Node result = Node.of(inputs.getFirst().scope(), base, inputs.subList(0, own));
        for (Step step : steps) {
            result = switch (step) {
                case Step.Activation(ActivationOp.Kind kind) -> result.then(new ActivationOp(kind));
                case Step.Add() -> result.then(ADD, operands.next());
                case Step.Mul() -> result.then(MUL, operands.next());
                case Step.AddScalar(double value) -> result.then(ADD, result.scalar(value));
                case Step.MulScalar(double value) -> result.then(MUL, result.scalar(value));
            };
        }
        return result;
    }

    private static final Op ADD = new BinaryOp(BinaryOp.Kind.ADD);
    private static final Op MUL = new BinaryOp(BinaryOp.Kind.MUL);

    @Override
    public long flops(List<TensorType> inputs, TensorType output) {
        return base.flops(inputs.subList(0, baseInputs(inputs.size())), output)
                + steps.size() * output.shape().elements();
    }
}
