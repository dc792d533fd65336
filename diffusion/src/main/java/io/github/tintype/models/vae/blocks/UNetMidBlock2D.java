package io.github.tintype.models.vae.blocks;

import io.github.tintype.models.resnet.ResnetBlock2D;
import io.github.tintype.nn.Weights;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.Tensor;
import java.util.Optional;

/**
 * The lowest resolution: resnet, attention, resnet. x [b,c,h,w] → [b,c,h,w]. Source: <a
 * href="https://github.com/huggingface/diffusers/blob/v0.42.1/src/diffusers/models/unets/unet_2d_blocks.py">diffusers
 * models/unets/unet_2d_blocks.py UNetMidBlock2D</a>.
 */
public record UNetMidBlock2D(
        String path, ResnetBlock2D resnet1, Optional<AttentionBlock> attention, ResnetBlock2D resnet2)
        implements Module.Of1<Tensor, Tensor> {
    public static UNetMidBlock2D load(Weights w, int channels, boolean addAttention, ResnetBlock2D.Options options) {
        return new UNetMidBlock2D(
                w.path(),
                ResnetBlock2D.load(w.at("resnets.0"), channels, channels, options),
                addAttention
                        ? Optional.of(
                                AttentionBlock.load(w.at("attentions.0"), channels, options.groups(), options.eps()))
                        : Optional.empty(),
                ResnetBlock2D.load(w.at("resnets.1"), channels, channels, options));
    }

    @Override
    public Tensor forward(Tensor x) {
        Tensor hidden = resnet1.call(x, Optional.empty());
        if (attention.isPresent()) {
            hidden = attention.get().call(hidden);
        }
        return resnet2.call(hidden, Optional.empty());
    }
}
