package io.github.tintype.graph;

import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.tensor.UndecidedSizeException;
import java.util.ArrayList;
import java.util.List;

/** Batched product. a [...,m,k], b [...,k,n] → [...,m,n], leading axes broadcast. Source: torch.matmul for rank ≥ 2. */
public record MatMulOp() implements PrimitiveOp {
    @Override
    public String name() {
        return "matmul";
    }

    @Override
    public TensorType infer(List<TensorType> inputs) {
        Types.count(name(), inputs, 2, 2);
        TensorType a = inputs.get(0);
        TensorType b = inputs.get(1);
        Types.wantFloat(name(), a);
        Types.sameDType(name(), a, b);
        if (a.shape().rank() < 2 || b.shape().rank() < 2) {
            throw new ShapeException("matmul: got %s and %s, wanted rank 2 or more".formatted(a, b));
        }
        if (!a.shape().dim(-1).equals(b.shape().dim(-2))) {
            throw UndecidedSizeException.unequal(
                    "matmul: got %s and %s, wanted a's last size to be b's last but one".formatted(a, b),
                    a.shape().dim(-1),
                    b.shape().dim(-2));
        }
        Shape batch = Shape.broadcast(name(), leading(a.shape()), leading(b.shape()));
        List<Dim> dims = new ArrayList<>(batch.dims());
        dims.add(a.shape().dim(-2));
        dims.add(b.shape().dim(-1));
        return a.with(new Shape(dims));
    }

    private static Shape leading(Shape shape) {
        return new Shape(shape.dims().subList(0, shape.rank() - 2));
    }

    @Override
    public long flops(List<TensorType> inputs, TensorType output) {
        return 2 * output.shape().elements() * inputs.getFirst().shape().size(-1);
    }
}
