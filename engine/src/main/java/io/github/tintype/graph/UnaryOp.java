package io.github.tintype.graph;

import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.tensor.TensorType;
import java.util.List;
import java.util.Locale;

/** One function of each element; the type stays. Source: torch's functions of the same names. */
public record UnaryOp(Kind kind) implements PrimitiveOp {
    /** The function. */
    public enum Kind {
        NEG,
        ABS,
        EXP,
        LOG,
        SQRT,
        RSQRT,
        SIN,
        COS,
        TANH,
        ERF,
        /** Half to even. */
        ROUND,
        FLOOR,
        /** Of a boolean. */
        NOT
    }

    @Override
    public String name() {
        return kind.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public TensorType infer(List<TensorType> inputs) {
        Types.count(name(), inputs, 1, 1);
        TensorType x = inputs.getFirst();
        boolean fits = switch (kind) {
            case NEG, ABS -> x.dtype() != DType.BOOL;
            case NOT -> x.dtype() == DType.BOOL;
            case EXP, LOG, SQRT, RSQRT, SIN, COS, TANH, ERF, ROUND, FLOOR ->
                x.dtype().isFloat();
        };
        if (!fits) {
            throw new ShapeException("%s: got %s".formatted(name(), x));
        }
        return x;
    }
}
