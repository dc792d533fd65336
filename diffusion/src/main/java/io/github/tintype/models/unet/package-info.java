/**
 * The denoiser of Stable Diffusion 1, 2 and XL: {@link io.github.tintype.models.unet.UNet2DConditionModel}, built from
 * {@link io.github.tintype.models.unet.UNet2DConditionConfig}, which refuses what the blocks of this room do not implement.
 */
@NullMarked
package io.github.tintype.models.unet;

import org.jspecify.annotations.NullMarked;
