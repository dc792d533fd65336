package io.github.tintype.schedulers;

import java.util.Optional;

/**
 * The optional arguments of a step; each scheduler reads its own and ignores the rest, as diffusers' pipelines do.
 *
 * @param eta DDIM: share of the variance that is added as noise, 0 (deterministic) to 1 (DDPM)
 * @param useClippedModelOutput DDIM: derive the noise again from the clipped sample
 * @param churn EulerDiscrete: noise added before a step
 * @param noise where noise comes from; a step that needs some and finds none fails
 */
public record StepOptions(double eta, boolean useClippedModelOutput, Churn churn, Optional<NoiseSource> noise) {
    /** Nothing set. */
    public static final StepOptions NONE = new StepOptions(0, false, Churn.NONE, Optional.empty());

    public StepOptions {
        if (!(eta >= 0)) {
            throw new SchedulerException("step: got eta %s, wanted 0 or more".formatted(eta));
        }
    }

    /**
     * Karras' stochasticity (arXiv 2206.00364, algorithm 2).
     *
     * @param amount s_churn, over the whole run
     * @param tmin lowest noise level at which it applies
     * @param tmax highest noise level at which it applies
     * @param noise s_noise, factor of the noise
     */
    public record Churn(double amount, double tmin, double tmax, double noise) {
        /** No noise. */
        public static final Churn NONE = new Churn(0, 0, Double.POSITIVE_INFINITY, 1);
    }

    public StepOptions withEta(double value) {
        return new StepOptions(value, useClippedModelOutput, churn, noise);
    }

    public StepOptions withUseClippedModelOutput(boolean value) {
        return new StepOptions(eta, value, churn, noise);
    }

    public StepOptions withChurn(Churn value) {
        return new StepOptions(eta, useClippedModelOutput, value, noise);
    }

    public StepOptions withNoise(NoiseSource value) {
        return new StepOptions(eta, useClippedModelOutput, churn, Optional.of(value));
    }

    /** The noise source of a step of that class. @throws SchedulerException if there is none */
    NoiseSource noiseFor(String className) {
        return noise.orElseThrow(() -> new SchedulerException(
                "%s: step: got no noise source, wanted one: this step adds noise".formatted(className)));
    }
}
