package io.github.tintype.schedulers;

/**
 * One noise level of DPM-Solver, in float32.
 *
 * @param configured the σ of the table
 * @param alpha factor of the clean sample
 * @param sigma factor of the noise
 * @param lambda ln(alpha / sigma), infinite without noise
 */
record NoiseLevel(float configured, float alpha, float sigma, float lambda) {
    /** Variance preserving, or on a straight line (flow). */
    static NoiseLevel of(float configured, boolean flow) {
        float alpha = flow ? 1f - configured : 1f / Float32.sqrt(configured * configured + 1f);
        float sigma = flow ? configured : configured * alpha;
        return new NoiseLevel(configured, alpha, sigma, TorchLog.log(alpha) - TorchLog.log(sigma));
    }
}
