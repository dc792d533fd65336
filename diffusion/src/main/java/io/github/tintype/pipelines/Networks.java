package io.github.tintype.pipelines;

import io.github.tintype.models.unet.UNet2DConditionModel;
import io.github.tintype.models.vae.AutoencoderKL;
import java.util.function.Supplier;

/**
 * UNet and VAE as loaded, which {@link TextToImage} runs on an engine.
 *
 * @param unetSuspicion see {@link Finite#check}, as {@code vaeSuspicion}
 */
record Networks(
        UNet2DConditionModel unet, Supplier<String> unetSuspicion, AutoencoderKL vae, Supplier<String> vaeSuspicion) {}
