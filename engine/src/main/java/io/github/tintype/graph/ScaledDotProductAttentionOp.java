package io.github.tintype.graph;

import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.tensor.TensorType;
import java.util.List;

/** softmax(q·kᵀ · scale + mask) · v. q [b,h,t,d], k [b,h,s,d], v [b,h,s,e], optional mask broadcasting to [b,h,t,s], additive (float) or true = may attend (bool) → [b,h,t,e]. A row that may attend to nothing is 0. Source: torch.nn.functional.scaled_dot_product_attention. */
public record ScaledDotProductAttentionOp(boolean causal, double scale) implements CompositeOp {
    @Override
    public String name() {
        return "scaled_dot_product_attention";
    }

    @Override
    public TensorType infer(List<TensorType> inputs) {
        Types.count(name(), inputs, 3, 4);
        TensorType q = inputs.get(0);
        TensorType k = inputs.get(1);
        TensorType v = inputs.get(2);
        for (TensorType type : List.of(q, k, v)) {
            Types.rank(name(), type, 4);
            Types.wantFloat(name(), type);
            Types.sameDType(name(), q, type);
            Types.sameDim(name(), "batch", type.shape().dim(0), q.shape().dim(0));
            Types.sameDim(name(), "heads", type.shape().dim(1), q.shape().dim(1));
        }
        Types.sameDim(name(), "head size of k", k.shape().dim(3), q.shape().dim(3));
        Types.sameDim(name(), "tokens of v", v.shape().dim(2), k.shape().dim(2));
        if (causal && inputs.size() == 4) {
            throw new ShapeException("scaled_dot_product_attention: got a mask and causal, wanted one of them");
        }
        if (inputs.size() == 4) {
            Shape scores = Shape.of(
                    q.shape().dim(0),
                    q.shape().dim(1),
                    q.shape().dim(2),
                    k.shape().dim(2));
            if (inputs.get(3).dtype() != DType.BOOL) {
                Types.sameDType(name(), q, inputs.get(3));
            }
            if (!Shape.broadcast(name(), inputs.get(3).shape(), scores).equals(scores)) {
                throw new ShapeException("%s: got mask %s for scores %s".formatted(name(), inputs.get(3), scores));
            }
        }
        return q.with(q.shape().with(3, v.shape().dim(3)));
    }

    @Override
    public Node decompose(List<Node> inputs) {
        Node q = inputs.get(0);
        Node k = inputs.get(1);
        Node scores = q.then(new MatMulOp(), k.then(new PermuteOp(List.of(0, 1, 3, 2))))
                .then(new BinaryOp(BinaryOp.Kind.MUL), q.scalar(scale));
        Node minusInfinity = q.scalar(Double.NEGATIVE_INFINITY);
        if (causal) {
            scores = causalMask(scores).then(new WhereOp(), scores, minusInfinity);
        } else if (inputs.size() == 4 && inputs.get(3).type().dtype() == DType.BOOL) {
            scores = inputs.get(3).then(new WhereOp(), scores, minusInfinity);
        } else if (inputs.size() == 4) {
            scores = scores.then(new BinaryOp(BinaryOp.Kind.ADD), inputs.get(3));
        }
        Node weights = scores.then(new SoftmaxOp(3));
        if (causal || inputs.size() == 4) {
            // A row of −∞ only has no softmax; torch defines it as 0.
            Node largest = scores.then(new ReduceOp(ReduceOp.Kind.MAX, List.of(3)));
            Node any = largest.then(new CompareOp(CompareOp.Kind.GT), minusInfinity);
            weights = any.then(new WhereOp(), weights, q.scalar(0));
        }
        return weights.then(new MatMulOp(), inputs.get(2));
    }

    private static Node causalMask(Node scores) {
        Node rows = Node.of(scores.scope(), new ArangeOp(scores.dim(2), DType.I64), List.of())
                .then(new ReshapeOp(Shape.of(scores.dim(2), Dim.ONE)));
        Node columns = Node.of(scores.scope(), new ArangeOp(scores.dim(3), DType.I64), List.of())
                .then(new ReshapeOp(Shape.of(Dim.ONE, scores.dim(3))));
        return columns.then(new CompareOp(CompareOp.Kind.LE), rows);
    }

    @Override
    public long flops(List<TensorType> inputs, TensorType output) {
        long scores = inputs.get(0).shape().elements() * inputs.get(1).shape().size(2);
        return 2 * scores
                + 2 * output.shape().elements() * inputs.get(1).shape().size(2);
    }
}
