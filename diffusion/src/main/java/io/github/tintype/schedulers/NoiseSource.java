package io.github.tintype.schedulers;

import io.github.tintype.tensor.TensorType;
import io.github.tintype.trace.Tensor;

/** Standard normal noise, one draw after the other: the only thing in a step that is not a function of its arguments. */
@FunctionalInterface
public interface NoiseSource {
    /** The next draw, of exactly this type. */
    Tensor next(TensorType type);
}
