package io.github.tintype.graph;

import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.TensorType;
import java.util.List;

/** The values in another type: floats round to nearest even, to integers they truncate. Source: torch.Tensor.to. */
public record CastOp(DType to) implements PrimitiveOp {
    @Override
    public String name() {
        return "cast";
    }

    @Override
    public TensorType infer(List<TensorType> inputs) {
        Types.count(name(), inputs, 1, 1);
        return inputs.getFirst().with(to);
    }
}
