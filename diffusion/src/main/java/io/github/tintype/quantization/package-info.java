/**
 * Linear layers in 8 and 4 bits, as torchao does it. {@link io.github.tintype.quantization.Quantization} joins a
 * {@link io.github.tintype.quantization.QuantizationConfig}, which says how, and a {@link io.github.tintype.quantization.LayerFilter},
 * which says which layers; applied to a model it gives a model of the same class that holds other weights. Nothing is read or computed by
 * that: the weights are quantised whenever they are bound. {@link io.github.tintype.quantization.QuantizationReport} tells what became of each layer and why.
 *
 * <p>{@link io.github.tintype.quantization.LayerChoice} is the file that says it layer by layer instead, each in a form of its own, one {@link
 * io.github.tintype.quantization.ChosenLayers} for each component; both it and a Quantization are a {@link io.github.tintype.quantization.LayerChange}, which loading takes.
 *
 * <p>The order is diffusion-fast's: 1×1 convolutions become linear layers and projections are fused first, then layers are quantised. {@link
 * io.github.tintype.quantization.LayerwiseCasting} is no quantisation: it only stores layers in 8 bits.
 */
@NullMarked
package io.github.tintype.quantization;

import org.jspecify.annotations.NullMarked;
