package io.github.tintype.graph;

import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import java.util.List;
import java.util.Locale;

/** Elementwise comparison with broadcasting → {@link DType#BOOL}. Comparisons with NaN are false. */
public record CompareOp(Kind kind) implements PrimitiveOp {
    /** The relation of the first operand to the second. */
    public enum Kind {
        EQ,
        LT,
        LE,
        GT,
        GE
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
        BinaryOp.commonType(name(), a, b);
        return new TensorType(DType.BOOL, Shape.broadcast(name(), a.shape(), b.shape()));
    }
}
