package io.github.tintype.models.unet.blocks;

import io.github.tintype.models.attention.Transformer2DModel;
import io.github.tintype.models.resnet.ResnetBlock2D;
import io.github.tintype.nn.Weights;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.Tensor;
import java.util.Optional;

/**
 * The lowest resolution: resnet, transformer, resnet. x [b,c,h,w], temb [b,t], text [b,s,crossAttentionDim] → [b,c,h,w]. Source:
 * diffusers UNetMidBlock2DCrossAttn.
 */
public record UNetMidBlock2DCrossAttn(
        String path, ResnetBlock2D resnet1, Transformer2DModel attention, ResnetBlock2D resnet2)
        implements Module.Of3<Tensor, Tensor, Tensor, Tensor> {
    public static UNetMidBlock2DCrossAttn load(Weights w, BlockOptions options) {
        int channels = options.outChannels();
        return new UNetMidBlock2DCrossAttn(
                w.path(),
                ResnetBlock2D.load(w.at("resnets.0"), channels, channels, options.resnet()),
                Transformer2DModel.load(
                        w.at("attentions.0"),
                        channels,
                        options.transformerLayers().getFirst(),
                        options.attention()),
                ResnetBlock2D.load(w.at("resnets.1"), channels, channels, options.resnet()));
    }

    @Override
    public Tensor forward(Tensor x, Tensor temb, Tensor text) {
        Tensor hidden = resnet1.call(x, Optional.of(temb));
        hidden = attention.call(hidden, text);
        return resnet2.call(hidden, Optional.of(temb));
    }
}
