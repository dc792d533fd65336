package io.github.tintype.schedulers;

import io.github.tintype.trace.Tensor;
import java.util.Optional;

/**
 * After a step.
 *
 * @param prevSample the sample at the next noise level, in the dtype of the model's output
 * @param predOriginalSample the clean sample as the model sees it now; empty where the method has none (PNDM, DPM-Solver)
 * @param state for the next step
 */
public record StepResult(Tensor prevSample, Optional<Tensor> predOriginalSample, StepState state) {}
