/**
 * From fused ops to loop programs: {@link io.github.tintype.loop.lower.LoopLowerer} chooses the loops for an op and the layouts of its
 * operands, {@link io.github.tintype.loop.lower.LoopPlan} is a program with what one shape hands to it. {@link io.github.tintype.loop.lower.Schedule} says for what
 * kind of machine; of a GPU, {@code GpuDealings} chooses teams and the width of accesses.
 */
@NullMarked
package io.github.tintype.loop.lower;

import org.jspecify.annotations.NullMarked;
