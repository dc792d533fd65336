package io.github.tintype.graph;

import io.github.tintype.tensor.TensorType;
import java.util.List;
import java.util.Locale;

/** An activation function of each element. Source: torch.nn.functional.{silu,gelu,relu,sigmoid}; quick GELU is x · sigmoid(1.702 x) of transformers. */
public record ActivationOp(Kind kind) implements CompositeOp {
    @Override
    public String name() {
        return kind.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public TensorType infer(List<TensorType> inputs) {
        Types.count(name(), inputs, 1, 1);
        Types.wantFloat(name(), inputs.getFirst());
        return inputs.getFirst();
    }

    @Override
    public Node decompose(List<Node> inputs) {
        Node x = inputs.getFirst();
        return switch (kind) {
            case SIGMOID -> sigmoid(x);
            case SILU -> x.then(MUL, sigmoid(x));
            case QUICK_GELU -> x.then(MUL, sigmoid(x.then(MUL, x.scalar(1.702))));
            case RELU -> x.then(new BinaryOp(BinaryOp.Kind.MAXIMUM), x.scalar(0));
            case GELU -> {
                Node erf = x.then(MUL, x.scalar(Math.sqrt(0.5))).then(new UnaryOp(UnaryOp.Kind.ERF));
                yield x.then(MUL, x.scalar(0.5)).then(MUL, erf.then(ADD, x.scalar(1)));
            }
            case GELU_TANH -> {
                Node cube = x.then(MUL, x).then(MUL, x);
                Node inner =
                        x.then(ADD, cube.then(MUL, x.scalar(0.044715))).then(MUL, x.scalar(Math.sqrt(2 / Math.PI)));
                yield x.then(MUL, x.scalar(0.5))
                        .then(MUL, inner.then(new UnaryOp(UnaryOp.Kind.TANH)).then(ADD, x.scalar(1)));
            }
        };
    }

    private static final Op ADD = new BinaryOp(BinaryOp.Kind.ADD);
    private static final Op MUL = new BinaryOp(BinaryOp.Kind.MUL);

    /** The function. */
    public enum Kind {
        SIGMOID,
        SILU,
        GELU,
        /** GELU by its tanh approximation. */
        GELU_TANH,
        QUICK_GELU,
        RELU
    }

    private static Node sigmoid(Node x) {
        Node one = x.scalar(1);
        Node exp = x.then(new UnaryOp(UnaryOp.Kind.NEG)).then(new UnaryOp(UnaryOp.Kind.EXP));
        return one.then(new BinaryOp(BinaryOp.Kind.DIV), exp.then(ADD, x.scalar(1)));
    }
}
