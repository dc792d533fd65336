/**
 * The two halves of an autoencoder, {@link io.github.tintype.models.vae.blocks.Encoder} and
 * {@link io.github.tintype.models.vae.blocks.Decoder}, and the blocks they are made of.
 */
@NullMarked
package io.github.tintype.models.vae.blocks;

import org.jspecify.annotations.NullMarked;
