package io.github.tintype.random;

/**
 * Single-precision logarithm, sine and cosine, and the Box-Muller transform made of them, with the roundings of torch's
 * AVX2 code.
 *
 * <p>Source: Cephes' logf, sinf and cosf (S. Moshier), as vectorised in ATen/native/cpu/avx_mathfun.h (zlib licence).
 * Compilers contract its multiply-adds to fused ones, hence {@link Math#fma}: without it 1 % of the normal numbers differ by
 * up to 2 ulp.
 *
 * <p>Selections are made with bit masks: their outcome is random, and as branches they would be mispredicted.
 */
@SuppressWarnings("FloatingPointLiteralPrecision") // the constants are written as their source writes them
final class Cephes {
    private static final float TWO_PI = (float) (2 * Math.PI);
    private static final int SQRT_HALF = Float.floatToRawIntBits(0.707106781186547524f);

    private Cephes() {}

    /** ln x for normal x > 0. */
    static float log(float x) {
        int bits = Float.floatToRawIntBits(x);
        int mantissa = (bits & 0x007fffff) | 0x3f000000;
        int low = (mantissa - SQRT_HALF) >> 31;
        float e = (bits >>> 23) - 126 + low;
        // m below √½ counts twice, with one power of two less: m is then in [√½, √2) − 1
        float m = Float.intBitsToFloat(mantissa) - 1 + Float.intBitsToFloat(mantissa & low);
        float z = m * m;
        float y = 7.0376836292e-2f;
        y = Math.fma(y, m, -1.1514610310e-1f);
        y = Math.fma(y, m, 1.1676998740e-1f);
        y = Math.fma(y, m, -1.2420140846e-1f);
        y = Math.fma(y, m, 1.4249322787e-1f);
        y = Math.fma(y, m, -1.6668057665e-1f);
        y = Math.fma(y, m, 2.0000714765e-1f);
        y = Math.fma(y, m, -2.4999993993e-1f);
        y = Math.fma(y, m, 3.3333331174e-1f);
        y *= m;
        y = Math.fma(y, z, e * -2.12194440e-4f);
        y -= z * 0.5f;
        return Math.fma(e, 0.693359375f, m + y);
    }

    /**
     * Turns 16 uniform numbers of [0, 1) into 16 normal ones, in place: numbers {@code i} and {@code i + 8} of the block become
     * r·cos θ and r·sin θ with r = √(−2 ln(1 − u[i])) and θ = 2π·u[i+8].
     */
    static void boxMuller(float[] block, int from) {
        for (int i = from; i < from + 8; i++) {
            float r = (float) Math.sqrt(-2f * log(1 - block[i]));
            float t = TWO_PI * block[i + 8];
            // octant, rounded up to even: the polynomials hold in [-π/4, π/4]
            int j = ((int) (t * 1.27323954473516f) + 1) & ~1;
            float octant = j;
            float x = Math.fma(octant, -0.78515625f, t);
            x = Math.fma(octant, -2.4187564849853515625e-4f, x);
            x = Math.fma(octant, -3.77489497744594108e-8f, x);
            float z = x * x;
            float c = Math.fma(2.443315711809948e-5f, z, -1.388731625493765e-3f);
            c = Math.fma(c, z, 4.166664568298827e-2f) * z;
            c = Math.fma(c, z, -(z * 0.5f)) + 1;
            float s = Math.fma(-1.9515295891e-4f, z, 8.3321608736e-3f);
            s = Math.fma(s, z, -1.6666654611e-1f) * z;
            s = Math.fma(s, x, x);
            int sine = Float.floatToRawIntBits(s);
            int cosine = Float.floatToRawIntBits(c);
            int swap = (sine ^ cosine) & -((j >> 1) & 1);
            sine ^= swap ^ ((j & 4) << 29);
            cosine ^= swap ^ ((~(j - 2) & 4) << 29);
            block[i] = r * Float.intBitsToFloat(cosine);
            block[i + 8] = r * Float.intBitsToFloat(sine);
        }
    }
}
