package io.github.tintype.pipelines;

import io.github.tintype.tensor.HostTensor;
import java.util.List;

/**
 * What a call made.
 *
 * @param images {@code [3,h,w]} f32 in 0..1, prompt by prompt; empty for {@link OutputType#LATENT}
 * @param latents {@code [b,c,h,w]} in the type that the UNet computes in, after the last step, not divided by the VAE's scaling factor
 * @param seeds the seeds used: those of the request, or the one that was drawn for it
 */
public record GenerateResult(List<HostTensor> images, HostTensor latents, List<Long> seeds) {
    public GenerateResult {
        images = List.copyOf(images);
        seeds = List.copyOf(seeds);
    }
}
