package io.github.tintype.compile;

import io.github.tintype.device.Packing;
import io.github.tintype.tensor.Weight;

/** A weight that a plan reads, and the form in which it wants it. */
public record BoundWeight(Weight weight, Packing packing) {}
