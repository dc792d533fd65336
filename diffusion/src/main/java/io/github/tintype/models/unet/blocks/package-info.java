/**
 * The blocks of a denoiser, one per resolution and direction, with and without attention to the text:
 * {@link io.github.tintype.models.unet.blocks.DownBlock} and {@link io.github.tintype.models.unet.blocks.UpBlock} are closed sets,
 * named as diffusers' models/unets/unet_2d_blocks.py names them. A new block is a record here and a line in those two files.
 */
@NullMarked
package io.github.tintype.models.unet.blocks;

import org.jspecify.annotations.NullMarked;
