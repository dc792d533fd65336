package io.github.tintype.schedulers;

import io.github.tintype.tensor.DType;
import io.github.tintype.trace.Tensor;

/**
 * Single-precision functions with the roundings of torch and numpy on x86 with FMA. One unit in the last place of a logarithm moves a
 * timestep by several of its own, so a correctly rounded function would not do.
 */
@SuppressWarnings("FloatingPointLiteralPrecision") // the coefficients as their sources print them
final class Float32 {
    private static final float[] LOG_NUMERATOR = {
        0f, 9.999999999999998702752e-01f, 2.112677543073053063722e+00f,
        1.480000633576506585156e+00f, 3.808837741388407920751e-01f, 2.589979117907922693523e-02f
    };
    private static final float[] LOG_DENOMINATOR = {
        1f, 2.612677543073109236779e+00f, 2.453006071784736363091e+00f,
        9.864942958519418960339e-01f, 1.546476374983906719538e-01f, 5.875095403124574342950e-03f
    };
    private static final float SQRT_HALF = 0.70710678118654752440f;
    private static final float LN_2 = 0.69314718055994530942f;

    private Float32() {}

    /** torch.linspace: from the start in the first half, from the end in the second, one fused multiply-add each. */
    static float[] linspace(double from, double to, int n) {
        float start = (float) from;
        float end = (float) to;
        float step = (end - start) / (n - 1);
        float[] grid = new float[n];
        for (int i = 0; i < n; i++) {
            grid[i] = i < n / 2 ? Math.fma(step, (float) i, start) : Math.fma(-step, (float) (n - 1 - i), end);
        }
        if (n == 1) {
            grid[0] = start;
        }
        return grid;
    }

    /** numpy's float32 logarithm (loops_exponent_log, a quotient of polynomials); x is positive or 0. */
    static float log(float x) {
        if (x == 0f || Float.isNaN(x) || Float.isInfinite(x)) {
            return (float) Math.log(x);
        }
        int exponent = Math.getExponent(x < Float.MIN_NORMAL ? x * 0x1p24f : x) + 1 - (x < Float.MIN_NORMAL ? 24 : 0);
        float mantissa = (float) Math.scalb((double) x, -exponent);
        if (mantissa <= SQRT_HALF) {
            mantissa += mantissa;
            exponent -= 1;
        }
        mantissa -= 1f;
        float quotient = horner(LOG_NUMERATOR, mantissa) / horner(LOG_DENOMINATOR, mantissa);
        return Math.fma((float) exponent, LN_2, quotient);
    }

    private static float horner(float[] coefficients, float x) {
        float sum = coefficients[coefficients.length - 1];
        for (int i = coefficients.length - 2; i >= 0; i--) {
            sum = Math.fma(sum, x, coefficients[i]);
        }
        return sum;
    }

    static float[] log(float[] values) {
        float[] logs = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            logs[i] = log(values[i]);
        }
        return logs;
    }

    static float sqrt(float x) {
        return TorchSqrt.sqrt(x);
    }

    static float exp(float x) {
        return (float) Math.exp(x);
    }

    /** value as an element of dtype would hold it: diffusers casts some tables to the sample's dtype. */
    static float as(DType dtype, float value) {
        return switch (dtype) {
            case F16 -> Float.float16ToFloat(Float.floatToFloat16(value));
            case BF16 -> roundedToBf16(value);
            case F64, F32, F8_E4M3, F8_E5M2, I64, I32, I16, I8, U8, BOOL -> value;
        };
    }

    /**
     * factor · x as torch has it where a scalar tensor stands on the left: the factor is rounded to x's dtype first. A scalar on the
     * right, or a Python number, is not: {@link Tensor#mul(double)} and {@link Tensor#div(double)}.
     */
    static Tensor times(float factor, Tensor x) {
        return x.mul(as(x.dtype(), factor));
    }

    private static float roundedToBf16(float value) {
        if (Float.isNaN(value)) {
            return value;
        }
        int bits = Float.floatToRawIntBits(value);
        int even = (bits >>> 16) & 1;
        return Float.intBitsToFloat((bits + 0x7fff + even) & 0xffff0000);
    }
}
