/**
 * Transformers over images: {@link io.github.tintype.models.attention.Transformer2DModel} turns an image into tokens and back,
 * around {@link io.github.tintype.models.attention.BasicTransformerBlock}s of
 * {@link io.github.tintype.models.attention.Attention} and {@link io.github.tintype.models.attention.FeedForward}.
 *
 * <p>How any model attends, UNets, VAEs and text encoders alike, is chosen by {@link io.github.tintype.models.attention.Attending}, which gives each
 * {@link io.github.tintype.models.attention.AttentionLayer} its {@link io.github.tintype.models.attention.AttentionOptions}.
 */
@NullMarked
package io.github.tintype.models.attention;

import org.jspecify.annotations.NullMarked;
