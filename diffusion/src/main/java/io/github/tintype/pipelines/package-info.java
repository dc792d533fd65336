/**
 * From a request to pictures: the text-to-image pipelines of diffusers.
 *
 * <p>{@link io.github.tintype.pipelines.DiffusionPipeline#load} opens a checkpoint folder and picks
 * {@link io.github.tintype.pipelines.StableDiffusionPipeline} or {@link io.github.tintype.pipelines.StableDiffusionXLPipeline} by
 * {@code model_index.json}. Both are immutable and may be used by several threads: everything that belongs to one call stands in a
 * {@link io.github.tintype.pipelines.GenerateRequest}.
 *
 * <p>A call goes through five small classes: {@code RequestCheck} (arguments), {@code PromptEncoder} (tokens → embeddings),
 * {@code Noise} (seeded draws), {@code DenoisingLoop} (UNet, {@code Guidance}, scheduler, callbacks) and {@code LatentDecoder} (VAE).
 * {@code PipelineWriter} and {@code ModelWeights} save a pipeline to a folder.
 * Text encoders, UNet and VAE run as programs of the engine, traced once per shape; guidance and scheduler steps are lazy tensor code.
 */
@NullMarked
package io.github.tintype.pipelines;

import org.jspecify.annotations.NullMarked;
