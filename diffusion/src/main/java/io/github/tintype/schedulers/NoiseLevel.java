package io.github.tintype.schedulers;

import io.github.tintype.tensor.DType;

/**
 * One noise level of DPM-Solver.
 *
 * @param configured the σ of the table
 * @param alpha factor of the clean sample
 * @param sigma factor of the noise
 * @param lambda ln(alpha / sigma), infinite without noise
 */
record NoiseLevel(float configured, float alpha, float sigma, float lambda) {
    /** Variance preserving, or on a straight line (flow). */
    static NoiseLevel of(float configured, boolean flow) {
        return in(DType.F32, configured, flow);
    }

    /** With every operation rounded to a dtype: in half precision the square of a level above 255 is infinite, so all is 0. */
    static NoiseLevel in(DType dtype, float level, boolean flow) {
        float configured = Float32.as(dtype, level);
        float variance = Float32.as(dtype, Float32.as(dtype, configured * configured) + 1f);
        float alpha = Float32.as(dtype, flow ? 1f - configured : 1f / Float32.as(dtype, Float32.sqrt(variance)));
        float sigma = flow ? configured : Float32.as(dtype, configured * alpha);
        return new NoiseLevel(configured, alpha, sigma, TorchLog.log(alpha) - TorchLog.log(sigma));
    }
}
