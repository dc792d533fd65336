package io.github.tintype.schedulers;

/**
 * The Beta distribution's quantile, for {@link SigmaCurve#BETA}: bisection on the regularised incomplete beta function, which is a continued
 * fraction (DLMF 8.17.22). About 14 digits; a few thousand operations a value, which is nothing beside a denoising step.
 *
 * @param alpha first shape, positive
 * @param beta second shape, positive
 */
record BetaDistribution(double alpha, double beta) {
    private static final double[] LANCZOS = {
        0.9999999999998099,
        676.5203681218851,
        -1259.1392167224028,
        771.3234287776531,
        -176.6150291621406,
        12.507343278686905,
        -0.13857109526572012,
        9.984369578019572e-06,
        1.5056327351493116e-07
    };
    private static final double LANCZOS_G = 7;
    private static final double SMALL = 1e-300;
    private static final double CONVERGED = 1e-16;
    private static final int MAX_TERMS = 500;

    BetaDistribution {
        if (!(alpha > 0 && beta > 0)) {
            throw new SchedulerException(
                    "beta distribution: got shapes %s and %s, wanted positive".formatted(alpha, beta));
        }
    }

    /** The x in 0..1 below which a share p lies. */
    double quantile(double p) {
        if (p <= 0) {
            return 0;
        }
        if (p >= 1) {
            return 1;
        }
        double low = 0;
        double high = 1;
        while (true) {
            double middle = low + (high - low) / 2;
            if (middle <= low || middle >= high) {
                return middle;
            }
            if (cumulative(middle) < p) {
                low = middle;
            } else {
                high = middle;
            }
        }
    }

    /** The share that lies below x, 0 &lt; x &lt; 1. */
    double cumulative(double x) {
        if (x < (alpha + 1) / (alpha + beta + 2)) {
            return part(x, alpha, beta);
        }
        return 1 - part(1 - x, beta, alpha);
    }

    private static double part(double x, double a, double b) {
        double front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b));
        return front / (a * fraction(x, a, b));
    }

    /** 1 + d₁/(1 + d₂/(1 + …)) by Lentz's method. */
    private static double fraction(double x, double a, double b) {
        double value = 1;
        double c = 1;
        double d = 0;
        for (int term = 1; term <= MAX_TERMS; term++) {
            double coefficient = coefficient(term, x, a, b);
            d = 1 / notZero(1 + coefficient * d);
            c = notZero(1 + coefficient / c);
            value *= c * d;
            if (Math.abs(c * d - 1) < CONVERGED) {
                break;
            }
        }
        return value;
    }

    private static double coefficient(int term, double x, double a, double b) {
        int m = term / 2;
        if (term % 2 == 0) {
            return m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        }
        return -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    }

    private static double notZero(double value) {
        return Math.abs(value) < SMALL ? SMALL : value;
    }

    private static double logGamma(double x) {
        double shifted = x - 1;
        double sum = LANCZOS[0];
        for (int i = 1; i < LANCZOS.length; i++) {
            sum += LANCZOS[i] / (shifted + i);
        }
        double base = shifted + LANCZOS_G + 0.5;
        return Math.log(2 * Math.PI) / 2 + (shifted + 0.5) * Math.log(base) - base + Math.log(sum);
    }
}
