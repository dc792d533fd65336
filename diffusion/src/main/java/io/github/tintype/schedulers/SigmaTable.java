package io.github.tintype.schedulers;

import io.github.tintype.tensor.DType;
import io.github.tintype.trace.Tensor;

/** Timesteps and float32 noise levels of a run, and what follows from them alone. */
final class SigmaTable implements TimestepTable {
    private final String className;
    private final double[] timesteps;
    private final float[] sigmas;

    SigmaTable(String className, double[] timesteps, float[] sigmas) {
        this.className = className;
        this.timesteps = timesteps;
        this.sigmas = sigmas;
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
        return Grid.widened(sigmas);
    }

    /** The noise level before step i, or after the last. */
    float sigma(int i) {
        if (i < 0 || i >= sigmas.length) {
            throw new SchedulerException("%s: got step %d, wanted 0 to %d".formatted(className, i, size() - 1));
        }
        return sigmas[i];
    }

    /** How many noise levels there are. */
    int levels() {
        return sigmas.length;
    }

    /** Euler's: the highest noise level, or where that is not the first, the root of its square plus 1. */
    double initNoiseSigma(TimestepSpacing spacing) {
        float highest = 0;
        for (float sigma : sigmas) {
            highest = Math.max(highest, sigma);
        }
        return switch (spacing) {
            case LINSPACE, TRAILING -> highest;
            case LEADING -> Float32.sqrt(highest * highest + 1f);
        };
    }

    /** Euler's: sample / √(σ² + 1). */
    Tensor scaled(Tensor sample, int i) {
        float sigma = sigma(i);
        return sample.div(Float32.sqrt(sigma * sigma + 1f));
    }

    /** Euler's: original + σ · noise, σ rounded to the sample's dtype. */
    @Override
    public Tensor withNoise(Tensor original, Tensor noise, int i) {
        return original.add(noise.mul(Float32.as(original.dtype(), sigma(i))));
    }

    /** Euler's v-prediction to the clean sample: −σ/√(σ²+1) · v + sample/(σ²+1), sample being float32. */
    static Tensor originalFromVelocity(Tensor velocity, Tensor sample, float sigma) {
        float variance = sigma * sigma + 1f;
        return velocity.mul(-sigma / Float32.sqrt(variance)).to(DType.F32).add(sample.div(variance));
    }

    /** n, checked. */
    static int positive(String className, int numInferenceSteps) {
        if (numInferenceSteps <= 0) {
            throw new SchedulerException(
                    "%s: got %d inference steps, wanted 1 or more".formatted(className, numInferenceSteps));
        }
        return numInferenceSteps;
    }
}
