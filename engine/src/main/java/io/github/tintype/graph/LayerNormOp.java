package io.github.tintype.graph;

import io.github.tintype.tensor.TensorType;
import java.util.List;

/** (x − mean) / √(var + eps), optionally · weight + bias, over the last axis; the variance is the biased one. Inputs: x [...,c], or x, weight [c], bias [c]. Source: torch.nn.functional.layer_norm. */
public record LayerNormOp(double eps) implements CompositeOp {
    @Override
    public String name() {
        return "layer_norm";
    }

    @Override
    public TensorType infer(List<TensorType> inputs) {
        Types.count(name(), inputs, 1, 3);
        TensorType x = inputs.getFirst();
        Types.wantFloat(name(), x);
        for (TensorType affine : inputs.subList(1, inputs.size())) {
            Types.sameDType(name(), x, affine);
            Types.rank(name(), affine, 1);
            Types.sameDim(
                    name(), "weight of size", affine.shape().dim(0), x.shape().dim(-1));
        }
        return x;
    }

    @Override
    public Node decompose(List<Node> inputs) {
        Node x = inputs.getFirst();
        Node normal = normalise(x, List.of(x.shape().rank() - 1), eps);
        if (inputs.size() == 1) {
            return normal;
        }
        return normal.then(new BinaryOp(BinaryOp.Kind.MUL), inputs.get(1))
                .then(new BinaryOp(BinaryOp.Kind.ADD), inputs.get(2));
    }

    /** (x − mean) / √(var + eps) over {@code axes}. */
    static Node normalise(Node x, List<Integer> axes, double eps) {
        Op mean = new ReduceOp(ReduceOp.Kind.MEAN, axes);
        Node centred = x.then(new BinaryOp(BinaryOp.Kind.SUB), x.then(mean));
        Node variance = centred.then(new BinaryOp(BinaryOp.Kind.MUL), centred).then(mean);
        Node scale =
                variance.then(new BinaryOp(BinaryOp.Kind.ADD), x.scalar(eps)).then(new UnaryOp(UnaryOp.Kind.RSQRT));
        return centred.then(new BinaryOp(BinaryOp.Kind.MUL), scale);
    }

    @Override
    public long flops(List<TensorType> inputs, TensorType output) {
        return 8 * output.shape().elements();
    }
}
