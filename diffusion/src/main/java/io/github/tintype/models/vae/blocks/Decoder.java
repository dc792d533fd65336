package io.github.tintype.models.vae.blocks;

import io.github.tintype.nn.Activation;
import io.github.tintype.nn.Conv2d;
import io.github.tintype.nn.GroupNorm;
import io.github.tintype.nn.Weights;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.Tensor;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Latent to picture. latent [b,latentChannels,h,w] → [b,imageChannels,f·h,f·w] with f = 2^(resolutions−1). Source: <a
 * href="https://github.com/huggingface/diffusers/blob/v0.42.1/src/diffusers/models/autoencoders/vae.py">diffusers
 * models/autoencoders/vae.py Decoder</a>.
 */
public record Decoder(
        String path,
        Conv2d convIn,
        UNetMidBlock2D midBlock,
        List<UpDecoderBlock2D> upBlocks,
        GroupNorm convNormOut,
        Activation convAct,
        Conv2d convOut)
        implements Module.Of1<Tensor, Tensor> {
    public Decoder {
        upBlocks = List.copyOf(upBlocks);
    }

    public static Decoder load(Weights w, CoderOptions options) {
        List<Integer> channels = options.blockOutChannels().reversed();
        int lowest = channels.getFirst();
        int highest = channels.getLast();
        return new Decoder(
                w.path(),
                Conv2d.load(w.at("conv_in"), options.latentChannels(), lowest, 3, 1, 1, true),
                UNetMidBlock2D.load(w.at("mid_block"), lowest, options.midBlockAddAttention(), options.resnet()),
                IntStream.range(0, channels.size())
                        .mapToObj(i -> UpDecoderBlock2D.load(
                                w.at("up_blocks." + i),
                                channels.get(Math.max(0, i - 1)),
                                channels.get(i),
                                options.layersPerBlock() + 1,
                                i < channels.size() - 1,
                                options.resnet()))
                        .toList(),
                GroupNorm.load(
                        w.at("conv_norm_out"),
                        options.resnet().groups(),
                        highest,
                        options.resnet().eps()),
                Activation.SILU,
                Conv2d.load(w.at("conv_out"), highest, options.imageChannels(), 3, 1, 1, true));
    }

    @Override
    public Tensor forward(Tensor latent) {
        Tensor hidden = midBlock.call(convIn.call(latent));
        for (UpDecoderBlock2D block : upBlocks) {
            hidden = block.call(hidden);
        }
        return convOut.call(convAct.apply(convNormOut.call(hidden)));
    }
}
