package io.github.tintype.graph;

import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.SdpaChoice;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;

/**
 * softmax(q·kᵀ · scale + mask) · v. q [b,h,t,d], k [b,h,s,d], v [b,h,s,e], optional mask broadcasting to [b,h,t,s], additive (float) or true = may attend (bool)
 * → [b,h,t,e]. A row that may attend to nothing is 0; scores and weights of bf16 and f16 are f32. Source: torch.nn.functional.scaled_dot_product_attention.
 *
 * @param causal query i attends to keys 0 to i
 * @param choice by which back ends it may be computed; the decomposition is {@link io.github.tintype.tensor.SdpBackend#MATH}
 * @param headsAtOnce of how many heads scores may exist at once. A kernel that never holds a head's scores needs not care
 */
public record ScaledDotProductAttentionOp(boolean causal, double scale, SdpaChoice choice, int headsAtOnce)
        implements CompositeOp {
    /** For {@code headsAtOnce}: no bound. */
    public static final int ALL_HEADS = Integer.MAX_VALUE;

    public ScaledDotProductAttentionOp {
        if (headsAtOnce < 1) {
            throw new ShapeException(
                    "scaled_dot_product_attention: got %d heads at once, wanted at least 1".formatted(headsAtOnce));
        }
    }

    /** By whatever the device computes fastest. */
    public ScaledDotProductAttentionOp(boolean causal, double scale) {
        this(causal, scale, SdpaChoice.AUTOMATIC, ALL_HEADS);
    }

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
        Dim heads = inputs.getFirst().dim(1);
        if (headsAtOnce == ALL_HEADS || (heads.isFixed() && heads.value() <= headsAtOnce)) {
            return attend(inputs);
        }
        List<Node> parts = new ArrayList<>();
        for (long from = 0; from < heads.value(); from += headsAtOnce) {
            parts.add(attend(heads(inputs, from, Math.min(heads.value(), from + headsAtOnce))));
        }
        return Node.of(inputs.getFirst().scope(), new CatOp(1), parts);
    }

    private static List<Node> heads(List<Node> inputs, long from, long to) {
        return inputs.stream()
                .map(input -> {
                    int axis = input.shape().rank() - 3; // a mask may have fewer axes, or one head for all
                    boolean shared = axis < 0 || input.dim(axis).is(1);
                    return shared ? input : input.then(new SliceOp(axis, from, to));
                })
                .toList();
    }

    private Node attend(List<Node> inputs) {
        DType dtype = inputs.getFirst().type().dtype();
        Node q = exact(inputs.get(0));
        Node k = exact(inputs.get(1));
        Node scores = q.then(new MatMulOp(), k.then(new PermuteOp(List.of(0, 1, 3, 2))))
                .then(new BinaryOp(BinaryOp.Kind.MUL), q.scalar(scale));
        Node minusInfinity = q.scalar(Double.NEGATIVE_INFINITY);
        if (causal) {
            scores = causalMask(scores).then(new WhereOp(), scores, minusInfinity);
        } else if (inputs.size() == 4 && inputs.get(3).type().dtype() == DType.BOOL) {
            scores = inputs.get(3).then(new WhereOp(), scores, minusInfinity);
        } else if (inputs.size() == 4) {
            scores = scores.then(new BinaryOp(BinaryOp.Kind.ADD), exact(inputs.get(3)));
        }
        Node weights = scores.then(new SoftmaxOp(3));
        if (causal || inputs.size() == 4) {
            // A row of −∞ only has no softmax; torch defines it as 0. One with a NaN stays NaN.
            Node largest = scores.then(new ReduceOp(ReduceOp.Kind.MAX, List.of(3)));
            Node none = largest.then(new CompareOp(CompareOp.Kind.EQ), minusInfinity);
            weights = none.then(new WhereOp(), q.scalar(0), weights);
        }
        Node y = weights.then(new MatMulOp(), exact(inputs.get(2)));
        return y.type().dtype() == dtype ? y : y.then(new CastOp(dtype));
    }

    private static Node exact(Node x) {
        return switch (x.type().dtype()) {
            case BF16, F16 -> x.then(new CastOp(DType.F32));
            default -> x;
        };
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
