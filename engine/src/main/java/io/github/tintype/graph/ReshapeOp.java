package io.github.tintype.graph;

import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.tensor.UndecidedSizeException;
import java.util.List;
import java.util.function.Function;

/** The same elements in row-major order with other sizes. */
public record ReshapeOp(Shape shape) implements ViewOp {
    @Override
    public String name() {
        return "reshape";
    }

    @Override
    public TensorType infer(List<TensorType> inputs) {
        Types.count(name(), inputs, 1, 1);
        TensorType x = inputs.getFirst();
        if (!x.shape().numel().equals(shape.numel())) {
            throw UndecidedSizeException.unequal(
                    "reshape: got %s, wanted %s elements for %s".formatted(x, shape.numel(), shape),
                    x.shape().numel(),
                    shape.numel());
        }
        return x.with(shape);
    }

    @Override
    public Op substitute(Function<String, Dim> symbols) {
        return new ReshapeOp(shape.substitute(symbols));
    }
}
