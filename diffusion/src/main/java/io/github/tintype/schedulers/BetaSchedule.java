package io.github.tintype.schedulers;

import java.util.Locale;

/** The variances of the noise that training adds step by step. The name in a configuration is {@link #toString()}. */
public enum BetaSchedule {
    /** A straight line. */
    LINEAR,
    /** A straight line of square roots. */
    SCALED_LINEAR,
    /** Nichol and Dhariwal's cosine, capped at 0.999. */
    SQUAREDCOS_CAP_V2;

    private static final double MAX_BETA = 0.999;

    /** The betas of diffusers: float32, except that the cosine is computed in double. */
    float[] betas(double start, double end, int n) {
        return switch (this) {
            case LINEAR -> Float32.linspace(start, end, n);
            case SCALED_LINEAR -> squares(Float32.linspace(Math.sqrt(start), Math.sqrt(end), n));
            case SQUAREDCOS_CAP_V2 -> cosine(n);
        };
    }

    private static float[] squares(float[] roots) {
        float[] squares = new float[roots.length];
        for (int i = 0; i < roots.length; i++) {
            squares[i] = roots[i] * roots[i];
        }
        return squares;
    }

    private static float[] cosine(int n) {
        float[] betas = new float[n];
        for (int i = 0; i < n; i++) {
            double from = (double) i / n;
            double to = (double) (i + 1) / n;
            betas[i] = (float) Math.min(1 - alphaBar(to) / alphaBar(from), MAX_BETA);
        }
        return betas;
    }

    private static double alphaBar(double t) {
        double cosine = Math.cos((t + 0.008) / 1.008 * Math.PI / 2);
        return cosine * cosine;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
