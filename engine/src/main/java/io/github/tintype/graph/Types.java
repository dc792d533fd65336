package io.github.tintype.graph;

import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.tensor.UndecidedSizeException;
import java.util.List;

/** Checks that ops share. */
final class Types {
    private Types() {}

    static void count(String op, List<TensorType> inputs, int least, int most) {
        if (inputs.size() < least || inputs.size() > most) {
            throw new ShapeException("%s: got %d inputs, wanted %s"
                    .formatted(op, inputs.size(), least == most ? "" + least : least + " to " + most));
        }
    }

    static void wantFloat(String op, TensorType type) {
        if (!type.dtype().isFloat()) {
            throw new ShapeException("%s: got %s, wanted a floating-point tensor".formatted(op, type));
        }
    }

    static void sameDType(String op, TensorType a, TensorType b) {
        if (a.dtype() != b.dtype()) {
            throw new ShapeException("%s: got %s and %s, wanted one type".formatted(op, a, b));
        }
    }

    static void rank(String op, TensorType type, int rank) {
        if (type.shape().rank() != rank) {
            throw new ShapeException("%s: got %s, wanted rank %d".formatted(op, type, rank));
        }
    }

    static void sameDim(String op, String what, Dim got, Dim wanted) {
        if (!got.equals(wanted)) {
            throw UndecidedSizeException.unequal(
                    "%s: got %s %s, wanted %s".formatted(op, what, got, wanted), got, wanted);
        }
    }
}
