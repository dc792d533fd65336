package io.github.tintype.models.vae;

import io.github.tintype.trace.Tensor;
import java.util.List;

/**
 * The normal distribution that an encoder returns, per element. Source: diffusers models/autoencoders/vae.py
 * DiagonalGaussianDistribution.
 *
 * @param mean [b,latentChannels,h,w]
 * @param logvar logarithm of the variance, in [−30, 20]
 */
public record Moments(Tensor mean, Tensor logvar) {
    /** From both behind each other, [b,2·latentChannels,h,w]. */
    static Moments of(Tensor both) {
        List<Tensor> halves = both.chunk(2, 1);
        return new Moments(halves.getFirst(), halves.getLast().clamp(-30, 20));
    }

    /** The standard deviation. */
    public Tensor std() {
        return logvar.mul(0.5).exp();
    }

    /** A sample: {@code noise} of the mean's shape, standard normal, moved and scaled. */
    public Tensor sample(Tensor noise) {
        return mean.add(std().mul(noise));
    }
}
