/**
 * Models, each in a package of its own and named as in diffusers and transformers: {@code clip} (text encoders), {@code unet}
 * (denoisers), {@code vae} (pictures to latents and back), with what they share in {@code resnet} and {@code attention}.
 *
 * <p>A model has a configuration record, which {@code parse} reads strictly from config.json: what it does not implement is refused
 * there. {@code load} reads its parameters from {@link io.github.tintype.nn.Weights}, under the names they have in checkpoints.
 */
@NullMarked
package io.github.tintype.models;

import org.jspecify.annotations.NullMarked;
