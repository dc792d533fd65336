/**
 * Random numbers that equal PyTorch's, bit for bit.
 *
 * <p>{@link io.github.tintype.random.TorchGenerator} is {@code torch.Generator("cpu")}: an image made from a seed starts
 * from the same noise here and there. {@code MersenneTwister} is the source of bits, {@code Cephes} the logarithm, sine
 * and cosine of torch's vector code, whose last bits differ from libm's. The room needs nothing but the tensor nouns.
 */
@NullMarked
package io.github.tintype.random;

import org.jspecify.annotations.NullMarked;
