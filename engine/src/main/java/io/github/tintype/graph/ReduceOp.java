package io.github.tintype.graph;

import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import java.util.List;
import java.util.Locale;

/** Sum, mean, maximum or minimum over axes, which stay with size 1. {@code axes} count from the front, ascending. */
public record ReduceOp(Kind kind, List<Integer> axes) implements PrimitiveOp {
    /** The function. */
    public enum Kind {
        SUM,
        MEAN,
        MAX,
        MIN
    }

    public ReduceOp {
        axes = List.copyOf(axes);
    }

    @Override
    public String name() {
        return "reduce_" + kind.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public TensorType infer(List<TensorType> inputs) {
        Types.count(name(), inputs, 1, 1);
        TensorType x = inputs.getFirst();
        if (kind == Kind.MEAN) {
            Types.wantFloat(name(), x);
        }
        Shape shape = x.shape();
        for (int axis : axes) {
            shape = shape.with(axis, Dim.ONE);
        }
        return x.with(shape);
    }

    @Override
    public long flops(List<TensorType> inputs, TensorType output) {
        return inputs.getFirst().shape().elements();
    }
}
