/**
 * Diffusers' schedulers: which noise levels a run visits, and the formula that goes from one to the next.
 *
 * <p>The tour: {@link io.github.tintype.schedulers.Schedulers} is the closed table from a class name and its configuration to a
 * {@link io.github.tintype.schedulers.Scheduler}, an immutable record. {@code setTimesteps} gives a
 * {@link io.github.tintype.schedulers.Schedule}: the tables of one run, on the host, in the float precision diffusers uses (a timestep
 * is exact, a rounding too much shows). {@code Schedule.step} is a pure function on tensors: what a multistep method remembers travels in
 * a {@link io.github.tintype.schedulers.StepState}, noise comes from a {@link io.github.tintype.schedulers.NoiseSource}.
 * A new scheduler is one class, one line in the table and its golden file.
 */
@NullMarked
package io.github.tintype.schedulers;

import org.jspecify.annotations.NullMarked;
