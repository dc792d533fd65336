package io.github.tintype.tensor;

import java.lang.foreign.SegmentAllocator;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A parameter of a model, as modules and graphs hold it. How it is stored is its own affair. Two dense weights are the same only if they
 * are one object; two derived ones are the same if they are made in the same way of the same weights.
 */
public sealed interface Weight permits DenseWeight, DerivedWeight, QuantizedWeight, StoredWeight {
    /** Its name in the checkpoint, e.g. {@code down_blocks.0.resnets.0.conv1.weight}, or how it is made of such. */
    String name();

    /** The type that graphs see, whatever the stored one is. */
    TensorType type();

    /**
     * The stored values, in this weight's shape and possibly a narrower type. A view of what the checkpoint holds where they lie there in
     * one piece, otherwise a copy in memory of {@code scratch}.
     */
    HostTensor source(SegmentAllocator scratch);

    /** The weights of the checkpoint that this one is made of, in order, a weight that is used twice twice. */
    List<DenseWeight> parts();

    /**
     * Its values as graphs see them, rounded to another type. Rounding adds up: what was cast to bf16 and back to f32 has lost bits, as in torch.
     *
     * @throws IllegalArgumentException if {@code dtype} isn't a float type
     */
    default Weight to(DType dtype) {
        return dtype == type().dtype() ? this : new CastWeight(this, dtype);
    }

    /** The same weight made of {@code replace(part)} instead of each part. @throws ShapeException if one doesn't fit */
    Weight withParts(UnaryOperator<DenseWeight> replace);

    /**
     * Whether this is a {@link QuantizedWeight}, whose parts belong to the scales that they were computed with: whoever gives weights
     * another type, or puts others together of them, has to refuse it.
     */
    default boolean isQuantized() {
        return false;
    }
}
