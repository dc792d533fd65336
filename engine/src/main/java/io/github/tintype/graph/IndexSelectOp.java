package io.github.tintype.graph;

import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;

/** Slices of x along an axis, chosen by {@link DType#I64} indices of any rank, whose sizes take the axis's place. An index out of range is an error when it runs. Source: torch.index_select, torch.nn.functional.embedding. */
public record IndexSelectOp(int axis) implements PrimitiveOp {
    @Override
    public String name() {
        return "index_select";
    }

    @Override
    public TensorType infer(List<TensorType> inputs) {
        Types.count(name(), inputs, 2, 2);
        TensorType x = inputs.get(0);
        TensorType index = inputs.get(1);
        if (index.dtype() != DType.I64) {
            throw new ShapeException("index_select: got index %s, wanted i64".formatted(index));
        }
        List<Dim> dims = new ArrayList<>(x.shape().dims());
        dims.remove(axis);
        dims.addAll(axis, index.shape().dims());
        return x.with(new Shape(dims));
    }
}
