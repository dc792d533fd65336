package io.github.tintype.graph;

import io.github.tintype.tensor.TensorType;
import java.util.List;

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
}
