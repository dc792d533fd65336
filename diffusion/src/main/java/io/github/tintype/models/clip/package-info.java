/**
 * CLIP's text encoders, {@link io.github.tintype.models.clip.CLIPTextModel} and
 * {@link io.github.tintype.models.clip.CLIPTextModelWithProjection}, named as in transformers. Checkpoints call their parameters with
 * or without a leading {@code text_model.}; both are read.
 */
@NullMarked
package io.github.tintype.models.clip;

import org.jspecify.annotations.NullMarked;
