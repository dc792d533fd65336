package io.github.tintype.conformance;

import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.TensorType;

/** One operand of a case. */
record Argument(TensorType type, Values values, Arrangement arrangement, boolean weight) {
    static Argument of(DType dtype, Values values, long... sizes) {
        return new Argument(TensorType.of(dtype, sizes), values, Arrangement.CONTIGUOUS, false);
    }

    static Argument of(DType dtype, long... sizes) {
        return of(dtype, Values.SIGNED, sizes);
    }

    Argument as(Arrangement other) {
        return new Argument(type, values, other, weight);
    }

    Argument asWeight() {
        return new Argument(type, values, arrangement, true);
    }

    @Override
    public String toString() {
        return "%s %s %s%s".formatted(type, arrangement, values, weight ? " weight" : "");
    }
}
