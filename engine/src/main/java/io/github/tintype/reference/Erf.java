package io.github.tintype.reference;

/**
 * The error function, relative error below 1e-15. Source: W. J. Cody, "Rational Chebyshev Approximations for the Error Function",
 * Math. Comp. 23 (1969), whose three intervals and coefficients these are.
 */
@SuppressWarnings("FloatingPointLiteralPrecision") // the coefficients as published
final class Erf {
    private static final double[] A = {
        0.18577770618460315, 3.1611237438705655, 113.86415415105016, 377.485237685302, 3209.3775891384694
    };
    private static final double[] B = {
        1.0, 23.601290952344122, 244.02463793444417, 1282.6165260773723, 2844.236833439171
    };
    private static final double[] C = {
        2.1531153547440383E-8,
        0.5641884969886701,
        8.883149794388377,
        66.11919063714163,
        298.6351381974001,
        881.952221241769,
        1712.0476126340707,
        2051.0783778260716,
        1230.3393547979972
    };
    private static final double[] D = {
        1.0,
        15.744926110709835,
        117.6939508913125,
        537.1811018620099,
        1621.3895745666903,
        3290.7992357334597,
        4362.619090143247,
        3439.3676741437216,
        1230.3393548037495
    };
    private static final double[] P = {
        0.016315387137302097,
        0.30532663496123236,
        0.36034489994980445,
        0.12578172611122926,
        0.016083785148742275,
        0.0006587491615298378
    };
    private static final double[] Q = {
        1.0, 2.568520192289822, 1.8729528499234673, 0.5279051029514285, 0.06051834131244132, 0.0023352049762686918
    };
    private static final double ONE_OVER_SQRT_PI = 0.5641895835477563;

    private Erf() {}

    static double of(double x) {
        double y = Math.abs(x);
        if (Double.isNaN(x)) {
            return x;
        }
        if (y <= 0.46875) {
            return x * polynomial(A, y * y) / polynomial(B, y * y);
        }
        if (y >= 6) {
            return Math.copySign(1, x);
        }
        double complement = Math.exp(-y * y) * scaledComplement(y);
        return Math.copySign(1 - complement, x);
    }

    /* exp(y²) · erfc(y) */
    private static double scaledComplement(double y) {
        if (y <= 4) {
            return polynomial(C, y) / polynomial(D, y);
        }
        double inverse = 1 / (y * y);
        return (ONE_OVER_SQRT_PI - inverse * polynomial(P, inverse) / polynomial(Q, inverse)) / y;
    }

    private static double polynomial(double[] coefficients, double x) {
        double sum = 0;
        for (double coefficient : coefficients) {
            sum = sum * x + coefficient;
        }
        return sum;
    }
}
