package io.github.tintype.models.unet.blocks;

import io.github.tintype.models.resnet.ResnetBlock2D;
import io.github.tintype.models.resnet.Upsample2D;
import io.github.tintype.nn.Weights;
import io.github.tintype.trace.Tensor;
import java.util.List;
import java.util.Optional;

/** Resnets that each take a skip, then an upsampler unless it is the last block. Source: diffusers UpBlock2D, see {@link UpBlock}. */
public record UpBlock2D(String path, List<ResnetBlock2D> resnets, Optional<Upsample2D> upsampler) implements UpBlock {
    public UpBlock2D {
        resnets = List.copyOf(resnets);
    }

    /** @param previousChannels channels of what the block before returns */
    public static UpBlock2D load(Weights w, int previousChannels, BlockOptions options) {
        return new UpBlock2D(w.path(), Layers.up(w, previousChannels, options), Layers.upsampler(w, options));
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
        }
        return upsampler.isPresent() ? upsampler.get().call(hidden, input.outputSize()) : hidden;
    }
}
