package io.github.tintype.models.vae;

import io.github.tintype.models.attention.Attending;
import io.github.tintype.models.vae.blocks.Decoder;
import io.github.tintype.models.vae.blocks.Encoder;
import io.github.tintype.nn.Conv2d;
import io.github.tintype.nn.Weights;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.Tensor;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;

/**
 * Pictures to latents and back. No scaling is applied: that is the pipeline's, by the configuration's scalingFactor. Source: <a
 * href="https://github.com/huggingface/diffusers/blob/v0.42.1/src/diffusers/models/autoencoders/autoencoder_kl.py">diffusers
 * models/autoencoders/autoencoder_kl.py AutoencoderKL</a>.
 *
 * @param slicing whether the images of a batch are coded one after the other, which saves memory and changes nothing else
 * @param tiling how large ones are cut, if they are
 */
public record AutoencoderKL(
        String path,
        AutoencoderKLConfig config,
        Encoder encoder,
        Decoder decoder,
        Optional<Conv2d> quantConv,
        Optional<Conv2d> postQuantConv,
        boolean slicing,
        Optional<Tiling> tiling)
        implements Module, Attending<AutoencoderKL> {
    public static AutoencoderKL load(Weights w, AutoencoderKLConfig config) {
        int channels = config.latentChannels();
        return new AutoencoderKL(
                w.path(),
                config,
                Encoder.load(w.at("encoder"), config.encoder()),
                Decoder.load(w.at("decoder"), config.decoder()),
                config.useQuantConv()
                        ? Optional.of(Conv2d.load(w.at("quant_conv"), 2L * channels, 2L * channels, 1, 1, 0, true))
                        : Optional.empty(),
                config.usePostQuantConv()
                        ? Optional.of(Conv2d.load(w.at("post_quant_conv"), channels, channels, 1, 1, 0, true))
                        : Optional.empty(),
                false,
                Optional.empty());
    }

    /** The type that it computes in: that of latents and pictures. */
    public DType dtype() {
        return decoder.convIn().weight().type().dtype();
    }

    /** This model with slicing on or off. */
    public AutoencoderKL withSlicing(boolean slice) {
        return new AutoencoderKL(path, config, encoder, decoder, quantConv, postQuantConv, slice, tiling);
    }

    /** This model with tiling, e.g. {@link Tiling#of}. */
    public AutoencoderKL withTiling(Tiling tiles) {
        return new AutoencoderKL(path, config, encoder, decoder, quantConv, postQuantConv, slicing, Optional.of(tiles));
    }

    /** This model without tiling. */
    public AutoencoderKL withoutTiling() {
        return new AutoencoderKL(path, config, encoder, decoder, quantConv, postQuantConv, slicing, Optional.empty());
    }

    /**
     * Picture [b,inChannels,h,w] in [−1, 1] → distribution of the latent, [b,latentChannels,h/f,w/f].
     *
     * @throws ShapeException if slicing or tiling is on and the sizes it needs are symbolic
     */
    public Moments encode(Tensor picture) {
        return Moments.of(sliced(
                picture, one -> tiling.isPresent() ? tiling.get().encode(one, this::encodeWhole) : encodeWhole(one)));
    }

    /**
     * Latent [b,latentChannels,h,w] → picture [b,outChannels,f·h,f·w], about in [−1, 1].
     *
     * @throws ShapeException if slicing or tiling is on and the sizes it needs are symbolic
     */
    public Tensor decode(Tensor latent) {
        return sliced(
                latent, one -> tiling.isPresent() ? tiling.get().decode(one, this::decodeWhole) : decodeWhole(one));
    }

    private Tensor sliced(Tensor images, UnaryOperator<Tensor> coder) {
        if (!slicing || images.dim(0).is(1)) {
            return coder.apply(images);
        }
        return Tensor.cat(
                0,
                LongStream.range(0, images.dim(0).value())
                        .mapToObj(i -> coder.apply(images.slice(0, i, i + 1)))
                        .toList());
    }

    private Tensor encodeWhole(Tensor picture) {
        Tensor encoded = encoder.call(picture);
        return quantConv.isPresent() ? quantConv.get().call(encoded) : encoded;
    }

    private Tensor decodeWhole(Tensor latent) {
        Tensor input = postQuantConv.isPresent() ? postQuantConv.get().call(latent) : latent;
        return decoder.call(input);
    }
}
