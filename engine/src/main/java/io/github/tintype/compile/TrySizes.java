package io.github.tintype.compile;

import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;

/** Sizes to decide by where the real ones are still symbols: what is decided must be right for all, these only say what is good. */
final class TrySizes {
    /* Divisible by what models divide sizes by, and large enough that no axis looks like a single row. */
    static final long SIZE = 64;

    private TrySizes() {}

    static Shape of(Shape shape) {
        return shape.evaluate(_ -> SIZE);
    }

    static TensorType of(TensorType type) {
        return type.with(of(type.shape()));
    }
}
