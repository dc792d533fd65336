package io.github.tintype.schedulers;

/**
 * torch's float32 square root, which comes from Intel's MKL and is not correctly rounded: one in six results is the neighbour of the right
 * one. Timesteps that are logarithms of noise levels show it. The formula was found by comparing results only: with the reciprocal root of the
 * processor as a start, two Newton steps without fused multiplications give torch's result for all of the 2²⁴ floats in [1, 4) (torch 2.15 on Zen
 * 3 and 4). On processors whose rsqrtps differs, torch itself gives other neighbours.
 */
final class TorchSqrt {
    /** From here on, or below the smallest normal number, the squares of the formula leave the range of float. */
    private static final float TOO_HIGH = 0x1p127f;

    private TorchSqrt() {}

    /** √x: torch's for normal x below 2¹²⁷, else the correctly rounded one. */
    static float sqrt(float x) {
        if (!(x >= Float.MIN_NORMAL && x < TOO_HIGH)) {
            return (float) Math.sqrt(x);
        }
        float reciprocal = ReciprocalRootTable.at(x);
        float root = x * reciprocal;
        float error = 1f - root * reciprocal;
        float better = root + 0.5f * root * error;
        float half = 0.5f * reciprocal;
        float betterHalf = half + half * (0.5f * error);
        return better + (x - better * better) * betterHalf;
    }
}
