package io.github.tintype.models.unet.blocks;

import io.github.tintype.trace.Module;
import io.github.tintype.trace.Tensor;
import java.util.List;

/**
 * A resolution on the way down. Source: <a
 * href="https://github.com/huggingface/diffusers/blob/v0.42.1/src/diffusers/models/unets/unet_2d_blocks.py">diffusers
 * models/unets/unet_2d_blocks.py</a>.
 */
public sealed interface DownBlock extends Module.Of1<DownBlock.Input, DownBlock.Output>
        permits DownBlock2D, CrossAttnDownBlock2D {
    /** @param hiddenStates [b,c,h,w]; temb [b,t]; encoderHiddenStates [b,s,crossAttentionDim] */
    record Input(Tensor hiddenStates, Tensor temb, Tensor encoderHiddenStates) {}

    /** @param skips the output of each layer, then of the downsampler */
    record Output(Tensor hiddenStates, List<Tensor> skips) {
        public Output {
            skips = List.copyOf(skips);
        }
    }
}
