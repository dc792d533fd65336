package io.github.tintype.pipelines;

import io.github.tintype.trace.Tensor;
import java.util.Optional;

/**
 * What a {@link StepCallback} wants: other latents for the next step, or an early end.
 *
 * @param latents takes the place of the latents; same shape and type, a tensor of the pipeline's engine
 * @param interrupt leave the remaining steps out and decode what there is
 */
public record StepOutcome(Optional<Tensor> latents, boolean interrupt) {
    /** Go on. */
    public static final StepOutcome CONTINUE = new StepOutcome(Optional.empty(), false);

    /** Decode the latents of this step. */
    public static final StepOutcome INTERRUPT = new StepOutcome(Optional.empty(), true);

    /** Go on with {@code latents}. */
    public static StepOutcome replace(Tensor latents) {
        return new StepOutcome(Optional.of(latents), false);
    }
}
