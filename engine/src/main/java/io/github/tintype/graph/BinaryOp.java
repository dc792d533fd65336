package io.github.tintype.graph;

import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.tensor.TensorType;
import java.util.List;
import java.util.Locale;

/** Elementwise arithmetic with broadcasting. Both types are equal, or one operand is a {@link LeafOp.Scalar scalar} or anything of its type and rank 0. */
public record BinaryOp(Kind kind) implements PrimitiveOp {
    /** The function; division of integers truncates. */
    public enum Kind {
        ADD,
        SUB,
        MUL,
        DIV,
        MAXIMUM,
        MINIMUM,
        POW
    }

    @Override
    public String name() {
        return kind.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public TensorType infer(List<TensorType> inputs) {
        Types.count(name(), inputs, 2, 2);
        TensorType a = inputs.get(0);
        TensorType b = inputs.get(1);
        return new TensorType(commonType(name(), a, b), Shape.broadcast(name(), a.shape(), b.shape()));
    }

    static DType commonType(String name, TensorType a, TensorType b) {
        if (a.dtype() == b.dtype()) {
            return a.dtype();
        }
        if (b.shape().rank() == 0 && b.dtype() == Node.scalarType(a.dtype())) {
            return a.dtype();
        }
        if (a.shape().rank() == 0 && a.dtype() == Node.scalarType(b.dtype())) {
            return b.dtype();
        }
        throw new ShapeException("%s: got %s and %s, wanted one type".formatted(name, a, b));
    }
}
