/**
 * Pictures to latents and back: {@link io.github.tintype.models.vae.AutoencoderKL}, whole, image by image, or in overlapping tiles
 * ({@link io.github.tintype.models.vae.Tiling}). Its halves are in {@code blocks}.
 */
@NullMarked
package io.github.tintype.models.vae;

import org.jspecify.annotations.NullMarked;
