package io.github.tintype.pipelines;

import io.github.tintype.trace.Tensor;

/** Called after each scheduler step, on the thread that generates (diffusers' {@code callback_on_step_end}). */
@FunctionalInterface
public interface StepCallback {
    /**
     * One step has been made.
     *
     * @param step index of the step, from 0
     * @param timestep the timestep that the UNet was given
     * @param latents {@code [b,c,h,w]} f32 after the step, already computed
     * @return what the loop shall do next
     */
    StepOutcome onStepEnd(int step, double timestep, Tensor latents);
}
