package io.github.tintype.tensor;

/**
 * A weight that is a function of others: what a compiler does to parameters when they are bound, once, instead of at each run. A value:
 * equal if the function and the weights are.
 */
public sealed interface DerivedWeight extends Weight
        permits SliceWeight, CatWeight, ReshapedWeight, CastWeight, QuantizedPart {
    /** @throws ShapeException if {@code weight} is quantised: its bits stand for nothing without their scales */
    static void wantPlain(String what, Weight weight) {
        if (weight.isQuantized()) {
            throw new ShapeException(
                    "%s: got %s, wanted a weight that isn't quantised: what changes weights comes before quantising"
                            .formatted(what, weight));
        }
    }
}
