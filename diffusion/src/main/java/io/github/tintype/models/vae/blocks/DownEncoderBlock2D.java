package io.github.tintype.models.vae.blocks;

import io.github.tintype.models.resnet.Downsample2D;
import io.github.tintype.models.resnet.ResnetBlock2D;
import io.github.tintype.nn.Weights;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Resnets, then half the resolution unless it is the last. x [b,in,h,w] → [b,out,⌊h/2⌋,⌊w/2⌋]. Source: <a
 * href="https://github.com/huggingface/diffusers/blob/v0.42.1/src/diffusers/models/unets/unet_2d_blocks.py">diffusers
 * models/unets/unet_2d_blocks.py DownEncoderBlock2D</a>.
 */
public record DownEncoderBlock2D(String path, List<ResnetBlock2D> resnets, Optional<Downsample2D> downsampler)
        implements Module.Of1<Tensor, Tensor> {
    public DownEncoderBlock2D {
        resnets = List.copyOf(resnets);
    }

    public static DownEncoderBlock2D load(
            Weights w, int in, int out, int layers, boolean addDownsample, ResnetBlock2D.Options options) {
        return new DownEncoderBlock2D(
                w.path(),
                IntStream.range(0, layers)
                        .mapToObj(i -> ResnetBlock2D.load(w.at("resnets." + i), i == 0 ? in : out, out, options))
                        .toList(),
                addDownsample ? Optional.of(Downsample2D.load(w.at("downsamplers.0"), out, 0)) : Optional.empty());
    }

    @Override
    public Tensor forward(Tensor x) {
        Tensor hidden = x;
        for (ResnetBlock2D resnet : resnets) {
            hidden = resnet.call(hidden, Optional.empty());
        }
        return downsampler.isPresent() ? downsampler.get().call(hidden) : hidden;
    }
}
