package io.github.tintype.graph;

import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.tensor.TensorType;
import java.util.List;

/** Broadcast to {@code shape}: axes of size 1, and new ones in front, repeat. */
public record ExpandOp(Shape shape) implements PrimitiveOp {
    @Override
    public String name() {
        return "expand";
    }

    @Override
    public TensorType infer(List<TensorType> inputs) {
        Types.count(name(), inputs, 1, 1);
        TensorType x = inputs.getFirst();
        if (!Shape.broadcast(name(), x.shape(), shape).equals(shape)) {
            throw new ShapeException("expand: got %s, wanted something that broadcasts to %s".formatted(x, shape));
        }
        return x.with(shape);
    }
}
