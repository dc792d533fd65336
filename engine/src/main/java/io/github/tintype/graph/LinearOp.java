package io.github.tintype.graph;

import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.tensor.TensorType;
import java.util.List;

/** x [...,i], weight [o,i], optional bias [o] → [...,o]. Source: torch.nn.functional.linear. */
public record LinearOp() implements CompositeOp {
    @Override
    public String name() {
        return "linear";
    }

    @Override
    public TensorType infer(List<TensorType> inputs) {
        Types.count(name(), inputs, 2, 3);
        TensorType x = inputs.get(0);
        TensorType weight = inputs.get(1);
        Types.wantFloat(name(), x);
        Types.sameDType(name(), x, weight);
        Types.rank(name(), weight, 2);
        if (x.shape().rank() == 0) {
            throw new ShapeException("linear: got %s, wanted rank 1 or more".formatted(x));
        }
        Types.sameDim(
                name(),
                "x with a last size of",
                x.shape().dim(-1),
                weight.shape().dim(1));
        if (inputs.size() == 3) {
            Types.sameDType(name(), x, inputs.get(2));
            Types.rank(name(), inputs.get(2), 1);
            Types.sameDim(
                    name(),
                    "bias of size",
                    inputs.get(2).shape().dim(0),
                    weight.shape().dim(0));
        }
        return x.with(x.shape().with(-1, weight.shape().dim(0)));
    }

    @Override
    public Node decompose(List<Node> inputs) {
        Node x = inputs.get(0);
        Node rows = x.shape().rank() == 1 ? x.then(new ReshapeOp(Shape.of(Dim.ONE, x.dim(0)))) : x;
        Node product = rows.then(new MatMulOp(), inputs.get(1).then(new PermuteOp(List.of(1, 0))));
        if (x.shape().rank() == 1) {
            product = product.then(new ReshapeOp(Shape.of(product.dim(1))));
        }
        return inputs.size() == 3 ? product.then(new BinaryOp(BinaryOp.Kind.ADD), inputs.get(2)) : product;
    }

    @Override
    public long flops(List<TensorType> inputs, TensorType output) {
        return 2 * output.shape().elements() * inputs.getFirst().shape().size(-1);
    }
}
