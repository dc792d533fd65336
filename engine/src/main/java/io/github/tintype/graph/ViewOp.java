package io.github.tintype.graph;

/** An operator that computes nothing: the elements of its input under other indices. Where the layout allows it moves nothing either. */
public sealed interface ViewOp extends PrimitiveOp permits ReshapeOp, PermuteOp, ExpandOp, SliceOp {}
