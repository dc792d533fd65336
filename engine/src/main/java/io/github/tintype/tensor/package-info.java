/**
 * The nouns of the engine: what a tensor is, without saying how one is computed.
 *
 * <p>{@link io.github.tintype.tensor.DType} is how one element is stored, {@link io.github.tintype.tensor.Dim} one size (a number
 * or an expression over symbols), {@link io.github.tintype.tensor.Shape} a list of sizes, and
 * {@link io.github.tintype.tensor.TensorType} both together. {@link io.github.tintype.tensor.HostTensor} is data that Java can
 * read. A {@link io.github.tintype.tensor.Weight} is a parameter: dense, derived of others, or
 * {@link io.github.tintype.tensor.QuantizedWeight quantised} by a {@link io.github.tintype.tensor.QuantizationScheme}. {@link io.github.tintype.tensor.SdpaChoice} is what
 * models and devices agree on about attention. This room depends on nothing but the JDK.
 */
@NullMarked
package io.github.tintype.tensor;

import org.jspecify.annotations.NullMarked;
