/**
 * Convolutional blocks that denoisers and autoencoders share: {@link io.github.tintype.models.resnet.ResnetBlock2D}, and the
 * layers between resolutions, {@link io.github.tintype.models.resnet.Downsample2D} and
 * {@link io.github.tintype.models.resnet.Upsample2D}. Upsampling always names the size it wants
 * ({@link io.github.tintype.models.resnet.Size}), so that odd sizes need no branch.
 */
@NullMarked
package io.github.tintype.models.resnet;

import org.jspecify.annotations.NullMarked;
