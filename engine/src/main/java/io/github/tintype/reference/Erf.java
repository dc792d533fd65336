package io.github.tintype.reference;

/**
 * The error function, relative error below 1e-15. Source: W. J. Cody, "Rational Chebyshev Approximations for the Error Function",
 * Math. Comp. 23 (1969), whose three intervals and coefficients these are.
 */
@SuppressWarnings("FloatingPointLiteralPrecision") // the coefficients as published
final class Erf {
    private static final double[] A = {
        1.85777706184603153E-1,
        3.16112374387056560E0,
        1.13864154151050156E2,
        3.77485237685302021E2,
        3.20937758913846947E3
    };
    private static final double[] B = {
        1.0, 2.36012909523441209E1, 2.44024637934444173E2, 1.28261652607737228E3, 2.84423683343917062E3
    };
    private static final double[] C = {
        2.15311535474403846E-8,
        5.64188496988670089E-1,
        8.88314979438837594E0,
        6.61191906371416295E1,
        2.98635138197400131E2,
        8.81952221241769090E2,
        1.71204761263407058E3,
        2.05107837782607147E3,
        1.23033935479799725E3
    };
    private static final double[] D = {
        1.0,
        1.57449261107098347E1,
        1.17693950891312499E2,
        5.37181101862009858E2,
        1.62138957456669019E3,
        3.29079923573345963E3,
        4.36261909014324716E3,
        3.43936767414372164E3,
        1.23033935480374942E3
    };
    private static final double[] P = {
        1.63153871373020978E-2,
        3.05326634961232344E-1,
        3.60344899949804439E-1,
        1.25781726111229246E-1,
        1.60837851487422766E-2,
        6.58749161529837803E-4
    };
    private static final double[] Q = {
        1.0,
        2.56852019228982242E0,
        1.87295284992346725E0,
        5.27905102951428412E-1,
        6.05183413124413191E-2,
        2.33520497626869185E-3
    };
    private static final double ONE_OVER_SQRT_PI = 5.6418958354775628695E-1;

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
