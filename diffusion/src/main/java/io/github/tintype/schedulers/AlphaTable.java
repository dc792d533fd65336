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

    /** ᾱ after a training step. */
    float alpha(int timestep) {
        if (timestep < 0 || timestep >= alphasCumprod.length) {
            throw new SchedulerException(
                    "%s: got timestep %d, wanted 0 to %d".formatted(className, timestep, alphasCumprod.length - 1));
        }
        return alphasCumprod[timestep];
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
