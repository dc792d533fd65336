/**
 * Pictures on the host: from files to tensors and back.
 *
 * <p>{@link io.github.tintype.image.Pixels} is an 8-bit picture, {@link io.github.tintype.image.Resample} scales it with
 * Pillow's arithmetic, {@link io.github.tintype.image.VaeImageProcessor} turns it into what a VAE reads and a VAE's output
 * into pictures, as diffusers does; {@link io.github.tintype.image.InpaintMask} has the operations on masks. {@link
 * io.github.tintype.image.ImageReader} decodes uploads within limits and {@link io.github.tintype.image.PngWriter} writes PNG
 * with text. Results equal Pillow's byte for byte.
 */
@NullMarked
package io.github.tintype.image;

import org.jspecify.annotations.NullMarked;
