package io.github.tintype.graph;

import io.github.tintype.tensor.TensorType;
import java.util.List;

/** exp(x − max) / Σ exp(x − max) along an axis. Source: torch.softmax. */
public record SoftmaxOp(int axis) implements CompositeOp {
    @Override
    public String name() {
        return "softmax";
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
        Node shifted = x.then(new BinaryOp(BinaryOp.Kind.SUB), x.then(new ReduceOp(ReduceOp.Kind.MAX, List.of(axis))));
        Node exp = shifted.then(new UnaryOp(UnaryOp.Kind.EXP));
        return exp.then(new BinaryOp(BinaryOp.Kind.DIV), exp.then(new ReduceOp(ReduceOp.Kind.SUM, List.of(axis))));
    }

    @Override
    public long flops(List<TensorType> inputs, TensorType output) {
        return 5 * output.shape().elements();
    }
}
