package io.github.tintype.graph;

import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.tensor.TensorType;
import java.util.List;

/** condition ? a : b, elementwise with broadcasting. Source: torch.where. */
public record WhereOp() implements PrimitiveOp {
    @Override
    public String name() {
        return "where";
    }

    @Override
    public TensorType infer(List<TensorType> inputs) {
        Types.count(name(), inputs, 3, 3);
        if (inputs.get(0).dtype() != DType.BOOL) {
            throw new ShapeException("where: got condition %s, wanted bool".formatted(inputs.get(0)));
        }
        TensorType a = inputs.get(1);
        TensorType b = inputs.get(2);
        Shape values = Shape.broadcast(name(), a.shape(), b.shape());
        return new TensorType(
                BinaryOp.commonType(name(), a, b),
                Shape.broadcast(name(), inputs.get(0).shape(), values));
    }
}
