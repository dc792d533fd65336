package io.github.tintype.schedulers;

import java.util.List;

/**
 * The noise of training: betas, and from them the share of signal ᾱ that is left after each training step. Everything is float32, except the
 * running product, which torch keeps in double.
 *
 * @param trainedBetas betas to take as they are; empty: betaSchedule from betaStart to betaEnd
 * @param rescaleBetasZeroSnr rescale so that no signal is left at the end (arXiv 2305.08891, algorithm 1)
 */
public record TrainingNoise(
        int numTrainTimesteps,
        double betaStart,
        double betaEnd,
        BetaSchedule betaSchedule,
        List<Double> trainedBetas,
        boolean rescaleBetasZeroSnr) {
    /** A thousand times those of any model: tables of this length are still small. */
    private static final int MOST_TIMESTEPS = 1_000_000;

    /** Keeps the highest noise level finite in half precision when the signal is rescaled to nothing. */
    private static final float SMALLEST_ALPHA = 0x1p-24f;

    public TrainingNoise {
        trainedBetas = List.copyOf(trainedBetas);
    }

    static TrainingNoise parse(Keys keys, boolean canRescale) {
        return new TrainingNoise(
                keys.between("num_train_timesteps", 1, MOST_TIMESTEPS, 1000),
                keys.number("beta_start", 0.0001),
                keys.number("beta_end", 0.02),
                keys.choice("beta_schedule", BetaSchedule.LINEAR, List.of(BetaSchedule.values())),
                keys.numbers("trained_betas"),
                canRescale && keys.flag("rescale_betas_zero_snr", false));
    }

    /** ᾱ after each training step. */
    float[] alphasCumprod() {
        return cumulativeProduct(alphas());
    }

    /** ᾱ for the schedulers that divide by it: a rescaled last one is 2⁻²⁴ instead of 0. */
    float[] alphasCumprodNotZero() {
        float[] products = alphasCumprod();
        if (rescaleBetasZeroSnr) {
            products[products.length - 1] = SMALLEST_ALPHA;
        }
        return products;
    }

    /** √((1 − ᾱ) / ᾱ) of each, rising. */
    static float[] sigmas(float[] alphasCumprod) {
        float[] sigmas = new float[alphasCumprod.length];
        for (int i = 0; i < sigmas.length; i++) {
            sigmas[i] = Float32.sqrt((1f - alphasCumprod[i]) / alphasCumprod[i]);
        }
        return sigmas;
    }

    private float[] alphas() {
        float[] alphas = new float[trainedBetas.isEmpty() ? numTrainTimesteps : trainedBetas.size()];
        float[] betas =
                trainedBetas.isEmpty() ? betaSchedule.betas(betaStart, betaEnd, numTrainTimesteps) : narrowedBetas();
        for (int i = 0; i < alphas.length; i++) {
            alphas[i] = 1f - betas[i];
        }
        return rescaleBetasZeroSnr ? rescaled(alphas) : alphas;
    }

    private float[] narrowedBetas() {
        return Grid.narrowed(
                trainedBetas.stream().mapToDouble(Double::doubleValue).toArray());
    }

    private static float[] rescaled(float[] alphas) {
        float[] roots = cumulativeProduct(alphas);
        for (int i = 0; i < roots.length; i++) {
            roots[i] = Float32.sqrt(roots[i]);
        }
        float first = roots[0];
        float last = roots[roots.length - 1];
        float factor = first / (first - last);
        float[] rescaled = new float[alphas.length];
        float before = 1f;
        for (int i = 0; i < roots.length; i++) {
            float root = (roots[i] - last) * factor;
            float product = root * root;
            float beta = 1f - (i == 0 ? product : product / before);
            rescaled[i] = 1f - beta;
            before = product;
        }
        return rescaled;
    }

    private static float[] cumulativeProduct(float[] values) {
        float[] products = new float[values.length];
        double product = 1;
        for (int i = 0; i < values.length; i++) {
            product *= values[i];
            products[i] = (float) product;
        }
        return products;
    }
}
