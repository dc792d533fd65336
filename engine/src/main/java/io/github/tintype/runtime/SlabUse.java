package io.github.tintype.runtime;

/** Who owns the memory of a plan's intermediates between two runs. */
public enum SlabUse {
    /** Nobody: the next run of any plan may have it. */
    SHARED,
    /** The plan, for as long as its weights are bound: a run finds every address as the last one left it. Costs a slab for each run at once. */
    KEPT
}
