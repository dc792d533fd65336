package io.github.tintype.models.unet.blocks;

import io.github.tintype.models.attention.Transformer2DModel;
import io.github.tintype.models.resnet.Downsample2D;
import io.github.tintype.models.resnet.ResnetBlock2D;
import io.github.tintype.nn.Weights;
import io.github.tintype.trace.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Like {@link DownBlock2D}, with a transformer behind each resnet. Source: diffusers CrossAttnDownBlock2D. */
public record CrossAttnDownBlock2D(
        String path,
        List<ResnetBlock2D> resnets,
        List<Transformer2DModel> attentions,
        Optional<Downsample2D> downsampler)
        implements DownBlock {
    public CrossAttnDownBlock2D {
        resnets = List.copyOf(resnets);
        attentions = List.copyOf(attentions);
    }

    public static CrossAttnDownBlock2D load(Weights w, int downsamplePadding, BlockOptions options) {
        return new CrossAttnDownBlock2D(
                w.path(),
                Layers.down(w, options),
                Layers.attentions(w, options),
                Layers.downsampler(w, downsamplePadding, options));
    }

    @Override
    public Output forward(Input input) {
        List<Tensor> skips = new ArrayList<>();
        Tensor hidden = input.hiddenStates();
        for (int i = 0; i < resnets.size(); i++) {
            hidden = resnets.get(i).call(hidden, Optional.of(input.temb()));
            hidden = attentions.get(i).call(hidden, input.encoderHiddenStates());
            skips.add(hidden);
        }
        if (downsampler.isPresent()) {
            hidden = downsampler.get().call(hidden);
            skips.add(hidden);
        }
        return new Output(hidden, skips);
    }
}
