package io.github.tintype.graph;

import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.TensorType;
import java.util.List;
import java.util.function.Function;

/** Every element has one value. */
public record FullOp(TensorType type, double value) implements PrimitiveOp {
    @Override
    public String name() {
        return "full";
    }

    @Override
    public TensorType infer(List<TensorType> inputs) {
        Types.count(name(), inputs, 0, 0);
        return type;
    }

    @Override
    public Op substitute(Function<String, Dim> symbols) {
        return new FullOp(type.with(type.shape().substitute(symbols)), value);
    }
}
