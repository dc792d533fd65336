package io.github.tintype.loop.lower;

/** Whether an op can be one loop program. */
public sealed interface LoopLowering {
    /** It can. */
    record Lowered(LoopPlan plan) implements LoopLowering {}

    /** It can't, or it wouldn't pay. */
    record Refused(String reason) implements LoopLowering {}
}
