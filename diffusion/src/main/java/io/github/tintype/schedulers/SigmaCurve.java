package io.github.tintype.schedulers;

import java.util.OptionalDouble;

/** How the noise levels between the highest and the lowest are spread. Computed in double. */
public enum SigmaCurve {
    /** As the timesteps fall. */
    NONE,
    /** Karras et al., arXiv 2206.00364, with ρ = 7. */
    KARRAS,
    /** Evenly in the logarithm. */
    EXPONENTIAL,
    /** Quantiles of the Beta(0.6, 0.6) distribution, arXiv 2407.12173. */
    BETA;

    private static final double KARRAS_RHO = 7;
    private static final double BETA_SHAPE = 0.6;
    private static final double LOWEST_SIGMA = 1e-10;

    /** At most one of the three switches may be on. */
    static SigmaCurve parse(Keys keys) {
        boolean karras = keys.flag("use_karras_sigmas", false);
        boolean exponential = keys.flag("use_exponential_sigmas", false);
        boolean beta = keys.flag("use_beta_sigmas", false);
        if ((karras && exponential) || (karras && beta) || (exponential && beta)) {
            throw keys.refused("use_karras_sigmas, use_exponential_sigmas, use_beta_sigmas: expected at most one true");
        }
        if (karras) {
            return KARRAS;
        }
        if (exponential) {
            return EXPONENTIAL;
        }
        return beta ? BETA : NONE;
    }

    /** n noise levels, falling from sigmaMax (or the first of sigmas) to sigmaMin (or the last). */
    double[] convert(double[] sigmas, int n, OptionalDouble sigmaMin, OptionalDouble sigmaMax) {
        double lowest = sigmaMin.orElse(sigmas[sigmas.length - 1]);
        double highest = sigmaMax.orElse(sigmas[0]);
        return switch (this) {
            case NONE -> sigmas;
            case KARRAS -> karras(lowest, highest, n);
            case EXPONENTIAL -> exponential(lowest, highest, n);
            case BETA -> beta(lowest, highest, n);
        };
    }

    private static double[] karras(double lowest, double highest, int n) {
        double from = Math.pow(highest, 1 / KARRAS_RHO);
        double to = Math.pow(lowest, 1 / KARRAS_RHO);
        double[] ramp = Grid.linspace(0, 1, n);
        for (int i = 0; i < n; i++) {
            ramp[i] = Math.pow(from + ramp[i] * (to - from), KARRAS_RHO);
        }
        return ramp;
    }

    private static double[] exponential(double lowest, double highest, int n) {
        double[] logs = Grid.linspace(Math.log(highest), Math.log(lowest), n);
        for (int i = 0; i < n; i++) {
            logs[i] = Math.exp(logs[i]);
        }
        return logs;
    }

    private static double[] beta(double lowest, double highest, int n) {
        double[] ramp = Grid.linspace(0, 1, n);
        BetaDistribution distribution = new BetaDistribution(BETA_SHAPE, BETA_SHAPE);
        for (int i = 0; i < n; i++) {
            ramp[i] = lowest + distribution.quantile(1 - ramp[i]) * (highest - lowest);
        }
        return ramp;
    }

    /** Where each noise level lies between the training steps, whose logarithms are given, rising. */
    static double[] toTimesteps(double[] sigmas, float[] logSigmas) {
        double[] timesteps = new double[sigmas.length];
        for (int i = 0; i < sigmas.length; i++) {
            double log = Math.log(Math.max(sigmas[i], LOWEST_SIGMA));
            int low = lowIndex(log, logSigmas);
            double weight = (logSigmas[low] - log) / (logSigmas[low] - logSigmas[low + 1]);
            timesteps[i] = between(low, Math.clamp(weight, 0, 1));
        }
        return timesteps;
    }

    /** The same for noise levels that numpy holds in float32: then the weight is rounded to float32. */
    static double[] toTimesteps(float[] sigmas, float[] logSigmas) {
        double[] timesteps = new double[sigmas.length];
        for (int i = 0; i < sigmas.length; i++) {
            float log = Float32.log(Math.max(sigmas[i], (float) LOWEST_SIGMA));
            int low = lowIndex(log, logSigmas);
            float weight = Math.clamp((logSigmas[low] - log) / (logSigmas[low] - logSigmas[low + 1]), 0f, 1f);
            timesteps[i] = (double) (1f - weight) * low + (double) weight * (low + 1);
        }
        return timesteps;
    }

    private static double between(int low, double weight) {
        return (1 - weight) * low + weight * (low + 1);
    }

    /** The last training step whose noise is not higher, at most the last but one. */
    private static int lowIndex(double log, float[] logSigmas) {
        int low = 0;
        for (int i = 0; i < logSigmas.length; i++) {
            if (log - logSigmas[i] >= 0) {
                low = i;
            }
        }
        return Math.min(low, logSigmas.length - 2);
    }
}
