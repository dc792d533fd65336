package io.github.tintype.graph;

import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import java.util.List;
import java.util.function.Function;

/** 0, 1, 2, … Source: torch.arange. */
public record ArangeOp(Dim count, DType dtype) implements PrimitiveOp {
    @Override
    public String name() {
        return "arange";
    }

    @Override
    public TensorType infer(List<TensorType> inputs) {
        Types.count(name(), inputs, 0, 0);
        return new TensorType(dtype, Shape.of(count));
    }

    @Override
    public Op substitute(Function<String, Dim> symbols) {
        return new ArangeOp(count.substitute(symbols), dtype);
    }
}
