package io.github.tintype.tensor;

/**
 * A weight that is a function of others: what a compiler does to parameters when they are bound, once, instead of at each run. A value:
 * equal if the function and the weights are.
 */
public sealed interface DerivedWeight extends Weight permits SliceWeight, CatWeight, ReshapedWeight, CastWeight {}
