package io.github.tintype.models.unet.blocks;

import io.github.tintype.models.attention.Transformer2DModel;
import io.github.tintype.models.resnet.ResnetBlock2D;
import io.github.tintype.models.resnet.Upsample2D;
import io.github.tintype.nn.Weights;
import io.github.tintype.trace.Tensor;
import java.util.List;
import java.util.Optional;

/** Like {@link UpBlock2D}, with a transformer behind each resnet. Source: diffusers CrossAttnUpBlock2D. */
public record CrossAttnUpBlock2D(
        String path, List<ResnetBlock2D> resnets, List<Transformer2DModel> attentions, Optional<Upsample2D> upsampler)
        implements UpBlock {
    public CrossAttnUpBlock2D {
        resnets = List.copyOf(resnets);
        attentions = List.copyOf(attentions);
    }

    /** @param previousChannels channels of what the block before returns */
    public static CrossAttnUpBlock2D load(Weights w, int previousChannels, BlockOptions options) {
        return new CrossAttnUpBlock2D(
                w.path(),
                Layers.up(w, previousChannels, options),
                Layers.attentions(w, options),
                Layers.upsampler(w, options));
    }

    @Override
    public int skips() {
        return resnets.size();
    }

    @Override
    public Tensor forward(Input input) {
        Tensor hidden = input.hiddenStates();
        for (int i = 0; i < resnets.size(); i++) {
            hidden = resnets.get(i).call(input.withSkip(hidden, i), Optional.of(input.temb()));
            hidden = attentions.get(i).call(hidden, input.encoderHiddenStates());
        }
        return upsampler.isPresent() ? upsampler.get().call(hidden, input.outputSize()) : hidden;
    }
}
