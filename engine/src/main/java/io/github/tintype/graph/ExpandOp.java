package io.github.tintype.graph;

import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.tensor.UndecidedSizeException;
import java.util.List;
import java.util.function.Function;

/** Broadcast to {@code shape}: axes of size 1, and new ones in front, repeat. */
public record ExpandOp(Shape shape) implements ViewOp {
    @Override
    public String name() {
        return "expand";
    }

    @Override
    public TensorType infer(List<TensorType> inputs) {
        Types.count(name(), inputs, 1, 1);
        TensorType x = inputs.getFirst();
        String message = "expand: got %s, wanted something that broadcasts to %s".formatted(x, shape);
        Shape both = Shape.broadcast(name(), x.shape(), shape);
        if (both.rank() != shape.rank()) {
            throw new ShapeException(message);
        }
        for (int i = 0; i < shape.rank(); i++) {
            if (!both.dim(i).equals(shape.dim(i))) {
                throw UndecidedSizeException.unequal(message, both.dim(i), shape.dim(i));
            }
        }
        return x.with(shape);
    }

    @Override
    public Op substitute(Function<String, Dim> symbols) {
        return new ExpandOp(shape.substitute(symbols));
    }
}
