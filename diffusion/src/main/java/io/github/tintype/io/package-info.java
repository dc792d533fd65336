/**
 * Files of models, read as if an enemy had written them: every size is checked before anything is allocated, every name before it
 * becomes a path, and nothing in a file chooses code.
 *
 * <p>A folder is opened from the outside in: {@link io.github.tintype.io.HubCache} finds the folder of a model id,
 * {@link io.github.tintype.io.ModelFolder} reads its {@code model_index.json} against a closed table of classes,
 * {@link io.github.tintype.io.Json} and {@link io.github.tintype.io.ConfigNode} read configurations with located errors, and
 * {@link io.github.tintype.io.Checkpoint} finds the weights of one component, in one
 * {@link io.github.tintype.io.SafetensorsFile} or several, with {@link io.github.tintype.io.QuantizedLayers} beside them, which say the {@link io.github.tintype.io.LayerForm} of each layer. {@link io.github.tintype.io.SafetensorsWriter} and
 * {@link io.github.tintype.io.AtomicFile} write; {@link io.github.tintype.io.SafeName} is the gate for names from outside.
 *
 * <p>What is wrong with a file is a {@link io.github.tintype.io.ModelFormatException} of one line; what is wrong with a disk is a
 * {@link java.io.UncheckedIOException}.
 */
@NullMarked
package io.github.tintype.io;

import org.jspecify.annotations.NullMarked;
