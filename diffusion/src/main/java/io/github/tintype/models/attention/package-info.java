/**
 * Transformers over images: {@link io.github.tintype.models.attention.Transformer2DModel} turns an image into tokens and back,
 * around {@link io.github.tintype.models.attention.BasicTransformerBlock}s of
 * {@link io.github.tintype.models.attention.Attention} and {@link io.github.tintype.models.attention.FeedForward}.
 */
@NullMarked
package io.github.tintype.models.attention;

import org.jspecify.annotations.NullMarked;
