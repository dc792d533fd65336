package io.github.tintype.graph;

import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.tensor.TensorType;
import java.util.List;

/** The same elements in row-major order with other sizes. */
public record ReshapeOp(Shape shape) implements PrimitiveOp {
    @Override
    public String name() {
        return "reshape";
    }

    @Override
    public TensorType infer(List<TensorType> inputs) {
        Types.count(name(), inputs, 1, 1);
        TensorType x = inputs.getFirst();
        if (!x.shape().numel().equals(shape.numel())) {
            throw new ShapeException("reshape: got %s, wanted %s elements for %s".formatted(x, shape.numel(), shape));
        }
        return x.with(shape);
    }
}
