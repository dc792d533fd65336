package io.github.tintype.schedulers;

/**
 * torch's float32 logarithm, which comes from Intel's MKL and is not correctly rounded. x is split into m · 2ᵏ with m in [2/3, 4/3), and
 * log m is r + r² · polynomial(r), r = m − 1, without fused multiplications. Form and coefficients were fitted to torch's results alone, until
 * none of the 2²³ floats in [2/3, 4/3) differed (torch 2.15 on Zen 3), nor any of twelve million others.
 */
final class TorchLog {
    /** Of r² and up. */
    private static final float[] COEFFICIENTS = {
        -0.5f,
        0x1.555506p-2f,
        -0x1.fffefp-3f,
        0x1.99d028p-3f,
        -0x1.559dccp-3f,
        0x1.1ed718p-3f,
        -0x1.f3113cp-4f,
        0x1.1e66bap-3f,
        -0x1.08059p-3f
    };

    private static final int TWO_THIRDS = 0x3f2aaaab;
    private static final int MANTISSA = 0x7fffff;
    private static final float LN_2_HIGH = 0x1.62e4p-1f;
    private static final float LN_2_LOW = 0x1.7f7d1cp-20f;

    private TorchLog() {}

    /** log x: torch's for positive normal x, else the correctly rounded one (−∞ for 0). */
    static float log(float x) {
        if (!(x >= Float.MIN_NORMAL && x < Float.POSITIVE_INFINITY)) {
            return (float) Math.log(x);
        }
        int distance = Float.floatToRawIntBits(x) - TWO_THIRDS;
        float exponent = distance >> 23;
        float r = Float.intBitsToFloat((distance & MANTISSA) + TWO_THIRDS) - 1f;
        float sum = COEFFICIENTS[COEFFICIENTS.length - 1];
        for (int i = COEFFICIENTS.length - 2; i >= 0; i--) {
            sum = sum * r + COEFFICIENTS[i];
        }
        return sum * r * r + r + exponent * LN_2_LOW + exponent * LN_2_HIGH;
    }
}
