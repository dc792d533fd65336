package io.github.tintype.graph;

import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;

/** Index of the first largest element along an axis, which goes away → {@link DType#I64}. Source: torch.argmax. */
public record ArgMaxOp(int axis) implements PrimitiveOp {
    @Override
    public String name() {
        return "argmax";
    }

    @Override
    public TensorType infer(List<TensorType> inputs) {
        Types.count(name(), inputs, 1, 1);
        List<Dim> dims = new ArrayList<>(inputs.getFirst().shape().dims());
        dims.remove(inputs.getFirst().shape().axis(axis));
        return new TensorType(DType.I64, new Shape(dims));
    }
}
