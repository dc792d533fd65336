package io.github.tintype.graph;

import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.tensor.TensorType;
import java.util.List;

/** Elements {@code from} (inclusive) to {@code to} (exclusive) of one axis. */
public record SliceOp(int axis, long from, long to) implements ViewOp {
    @Override
    public String name() {
        return "slice";
    }

    @Override
    public TensorType infer(List<TensorType> inputs) {
        Types.count(name(), inputs, 1, 1);
        TensorType x = inputs.getFirst();
        Dim size = x.shape().dim(axis);
        if (from < 0 || to < from || (size.isFixed() && to > size.value())) {
            throw new ShapeException("slice: got %d to %d of axis %d of %s".formatted(from, to, axis, x));
        }
        return x.with(x.shape().with(axis, Dim.of(to - from)));
    }
}
