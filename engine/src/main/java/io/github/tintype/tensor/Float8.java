package io.github.tintype.tensor;

/** Conversion between float and the two 8-bit formats. Source: OCP 8-bit Floating Point Specification, as torch.float8_* has it. */
final class Float8 {
    private Float8() {}

    /** e4m3fn: bias 7, no infinities, 0x7f and 0xff are NaN. */
    static float fromE4M3(byte bits) {
        int magnitude = bits & 0x7f;
        if (magnitude == 0x7f) {
            return Float.NaN;
        }
        int exponent = magnitude >> 3;
        int mantissa = magnitude & 7;
        float value = exponent == 0 ? Math.scalb(mantissa, -9) : Math.scalb(8 + mantissa, exponent - 10);
        return bits < 0 ? -value : value;
    }

    /** Nearest, ties to even; what rounds above 448 is NaN, as torch has it. */
    static byte toE4M3(float value) {
        return encode(value, 3, 7, 448f, (byte) 0x7f);
    }

    /** e5m2 is the upper half of a binary16. */
    static float fromE5M2(byte bits) {
        return Float.float16ToFloat((short) (bits << 8));
    }

    /** Nearest, ties to even; what rounds above 57344 is infinite. */
    static byte toE5M2(float value) {
        return encode(value, 2, 15, 57344f, (byte) 0x7c);
    }

    private static byte encode(float value, int mantissaBits, int bias, float largest, byte overflow) {
        int sign = Float.floatToRawIntBits(value) < 0 ? 0x80 : 0;
        if (Float.isNaN(value)) {
            return (byte) (sign | 0x7f);
        }
        float magnitude = Math.abs(value);
        int smallestExponent = 1 - bias;
        int exponent = magnitude == 0 ? smallestExponent : Math.max(Math.getExponent(magnitude), smallestExponent);
        float step = Math.scalb(1f, exponent - mantissaBits);
        float rounded = (float) (Math.rint(magnitude / (double) step) * step);
        if (rounded > largest || Float.isInfinite(magnitude)) {
            return (byte) (sign | overflow);
        }
        if (rounded == 0) {
            return (byte) sign;
        }
        int shifted = Math.getExponent(rounded);
        if (shifted < smallestExponent) { // subnormal
            return (byte) (sign | (int) (rounded / step));
        }
        int mantissa = (int) (rounded / Math.scalb(1f, shifted - mantissaBits)) - (1 << mantissaBits);
        return (byte) (sign | ((shifted + bias) << mantissaBits) | mantissa);
    }
}
