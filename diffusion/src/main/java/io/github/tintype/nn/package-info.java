/**
 * The layers that every model is made of, named as in torch.nn and diffusers.
 *
 * <p>{@link io.github.tintype.nn.Weights} is where a layer gets its parameters: a position in a checkpoint, or a recorder that only
 * lists what would be read. A layer is a record whose first component is its path, the prefix of its parameters' names; its
 * {@code load} reads them and its {@code forward} is the formula. Callers use {@code call}, which marks the region in the graph.
 * {@link io.github.tintype.nn.Activation} is the closed table of activation functions that configurations may name.
 */
@NullMarked
package io.github.tintype.nn;

import org.jspecify.annotations.NullMarked;
