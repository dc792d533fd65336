package io.github.tintype.models.unet.blocks;

import io.github.tintype.models.resnet.Size;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.Tensor;
import java.util.List;

/**
 * A resolution on the way up. Source: <a
 * href="https://github.com/huggingface/diffusers/blob/v0.42.1/src/diffusers/models/unets/unet_2d_blocks.py">diffusers
 * models/unets/unet_2d_blocks.py</a>.
 */
public sealed interface UpBlock extends Module.Of1<UpBlock.Input, Tensor> permits UpBlock2D, CrossAttnUpBlock2D {
    /** Number of skips it takes. */
    int skips();

    /**
     * What a block on the way up gets: [b,c,h,w], the skips (the last one is used first), [b,t], [b,s,crossAttentionDim].
     *
     * @param outputSize the size of its output, used where it ends with an upsampler
     */
    record Input(Tensor hiddenStates, List<Tensor> skips, Tensor temb, Tensor encoderHiddenStates, Size outputSize) {
        public Input {
            skips = List.copyOf(skips);
        }

        /** {@code hidden} with skip {@code layer} behind its channels. */
        Tensor withSkip(Tensor hidden, int layer) {
            return Tensor.cat(1, List.of(hidden, skips.get(skips.size() - 1 - layer)));
        }
    }
}
