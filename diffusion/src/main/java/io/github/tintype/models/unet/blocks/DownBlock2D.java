package io.github.tintype.models.unet.blocks;

import io.github.tintype.models.resnet.Downsample2D;
import io.github.tintype.models.resnet.ResnetBlock2D;
import io.github.tintype.nn.Weights;
import io.github.tintype.trace.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Resnets, then a downsampler unless it is the last resolution. Source: diffusers DownBlock2D, see {@link DownBlock}. */
public record DownBlock2D(String path, List<ResnetBlock2D> resnets, Optional<Downsample2D> downsampler)
        implements DownBlock {
    public DownBlock2D {
        resnets = List.copyOf(resnets);
    }

    public static DownBlock2D load(Weights w, int downsamplePadding, BlockOptions options) {
        return new DownBlock2D(w.path(), Layers.down(w, options), Layers.downsampler(w, downsamplePadding, options));
    }

    @Override
    public Output forward(Input input) {
        List<Tensor> skips = new ArrayList<>();
        Tensor hidden = input.hiddenStates();
        for (ResnetBlock2D resnet : resnets) {
            hidden = resnet.call(hidden, Optional.of(input.temb()));
            skips.add(hidden);
        }
        if (downsampler.isPresent()) {
            hidden = downsampler.get().call(hidden);
            skips.add(hidden);
        }
        return new Output(hidden, skips);
    }
}
