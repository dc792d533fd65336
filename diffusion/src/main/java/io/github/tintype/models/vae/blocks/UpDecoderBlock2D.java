package io.github.tintype.models.vae.blocks;

import io.github.tintype.models.resnet.ResnetBlock2D;
import io.github.tintype.models.resnet.Size;
import io.github.tintype.models.resnet.Upsample2D;
import io.github.tintype.nn.Weights;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Resnets, then twice the resolution unless it is the last. x [b,in,h,w] → [b,out,2h,2w]. Source: <a
 * href="https://github.com/huggingface/diffusers/blob/v0.42.1/src/diffusers/models/unets/unet_2d_blocks.py">diffusers
 * models/unets/unet_2d_blocks.py UpDecoderBlock2D</a>.
 */
public record UpDecoderBlock2D(String path, List<ResnetBlock2D> resnets, Optional<Upsample2D> upsampler)
        implements Module.Of1<Tensor, Tensor> {
    public UpDecoderBlock2D {
        resnets = List.copyOf(resnets);
    }

    public static UpDecoderBlock2D load(
            Weights w, int in, int out, int layers, boolean addUpsample, ResnetBlock2D.Options options) {
        return new UpDecoderBlock2D(
                w.path(),
                IntStream.range(0, layers)
                        .mapToObj(i -> ResnetBlock2D.load(w.at("resnets." + i), i == 0 ? in : out, out, options))
                        .toList(),
                addUpsample ? Optional.of(Upsample2D.load(w.at("upsamplers.0"), out)) : Optional.empty());
    }

    @Override
    public Tensor forward(Tensor x) {
        Tensor hidden = x;
        for (ResnetBlock2D resnet : resnets) {
            hidden = resnet.call(hidden, Optional.empty());
        }
        return upsampler.isPresent()
                ? upsampler.get().call(hidden, Size.of(hidden).times(2))
                : hidden;
    }
}
