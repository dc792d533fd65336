package io.github.tintype.schedulers;

import io.github.tintype.tensor.DType;
import io.github.tintype.trace.Tensor;

/** Whole timesteps of a run and the share of signal ᾱ at every training step: what DDIM and PNDM look up. */
final class AlphaTable implements TimestepTable {
    private final String className;
    private final double[] timesteps;
    private final float[] alphasCumprod;
    private final float finalAlphaCumprod;

    AlphaTable(String className, double[] timesteps, float[] alphasCumprod, boolean setAlphaToOne) {
        this.className = className;
        this.timesteps = timesteps;
        this.alphasCumprod = alphasCumprod;
        this.finalAlphaCumprod = setAlphaToOne ? 1f : alphasCumprod[0];
    }

    @Override
    public int size() {
        return timesteps.length;
    }

    @Override
    public double[] timesteps() {
        return timesteps.clone();
    }

    @Override
    public double[] sigmas() {
        return new double[0];
    }

    int timestep(int i) {
        if (i < 0 || i >= timesteps.length) {
            throw new SchedulerException("%s: got step %d, wanted 0 to %d".formatted(className, i, size() - 1));
        }
        return (int) timesteps[i];
    }

    /**
     * ᾱ after a training step. A negative one counts from the end, as diffusers looks it up: trailing spacing ends with -1 for some
     * counts of steps (61, 103, ...), whose division isn't exact.
     */
    float alpha(int timestep) {
        int length = alphasCumprod.length;
        if (timestep < -length || timestep >= length) {
            throw new SchedulerException(
                    "%s: got timestep %d, wanted %d to %d".formatted(className, timestep, -length, length - 1));
        }
        return alphasCumprod[timestep < 0 ? timestep + length : timestep];
    }

    /** ᾱ of the timestep that a step leads to; before the first training step the configured last one. */
    float alphaBefore(int timestep) {
        return timestep < 0 ? finalAlphaCumprod : alpha(timestep);
    }

    /** √ᾱ · original + √(1 − ᾱ) · noise, everything rounded to the sample's dtype. */
    @Override
    public Tensor withNoise(Tensor original, Tensor noise, int i) {
        DType dtype = original.dtype();
        float alpha = Float32.as(dtype, alpha(timestep(i)));
        float signal = Float32.as(dtype, Float32.sqrt(alpha));
        float rest = Float32.as(dtype, Float32.sqrt(Float32.as(dtype, 1f - alpha)));
        return original.mul(signal).add(noise.mul(rest));
    }
}
