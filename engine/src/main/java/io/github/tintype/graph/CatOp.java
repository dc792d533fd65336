package io.github.tintype.graph;

import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.tensor.UndecidedSizeException;
import java.util.List;

/** Tensors one after another along an axis. Source: torch.cat. */
public record CatOp(int axis) implements PrimitiveOp {
    @Override
    public String name() {
        return "cat";
    }

    @Override
    public TensorType infer(List<TensorType> inputs) {
        Types.count(name(), inputs, 1, Integer.MAX_VALUE);
        TensorType first = inputs.getFirst();
        Dim size = Dim.ZERO;
        for (TensorType type : inputs) {
            Types.sameDType(name(), first, type);
            if (type.shape().rank() != first.shape().rank()) {
                throw new ShapeException(unequal(first, type));
            }
            for (int i = 0; i < first.shape().rank(); i++) {
                if (i != axis && !type.shape().dim(i).equals(first.shape().dim(i))) {
                    throw UndecidedSizeException.unequal(
                            unequal(first, type),
                            type.shape().dim(i),
                            first.shape().dim(i));
                }
            }
            size = size.plus(type.shape().dim(axis));
        }
        return first.with(first.shape().with(axis, size));
    }

    private String unequal(TensorType first, TensorType other) {
        return "cat: got %s and %s, wanted equal sizes but on axis %d".formatted(first, other, axis);
    }
}
