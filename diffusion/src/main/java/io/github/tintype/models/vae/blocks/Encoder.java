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
 * Picture to latent. image [b,imageChannels,h,w] → [b,latentChannels,h/f,w/f] with f = 2^(resolutions−1). Source: <a
 * href="https://github.com/huggingface/diffusers/blob/v0.42.1/src/diffusers/models/autoencoders/vae.py">diffusers
 * models/autoencoders/vae.py Encoder</a>.
 */
public record Encoder(
        String path,
        Conv2d convIn,
        List<DownEncoderBlock2D> downBlocks,
        UNetMidBlock2D midBlock,
        GroupNorm convNormOut,
        Activation convAct,
        Conv2d convOut)
        implements Module.Of1<Tensor, Tensor> {
    public Encoder {
        downBlocks = List.copyOf(downBlocks);
    }

    public static Encoder load(Weights w, CoderOptions options) {
        List<Integer> channels = options.blockOutChannels();
        int last = channels.getLast();
        return new Encoder(
                w.path(),
                Conv2d.load(w.at("conv_in"), options.imageChannels(), channels.getFirst(), 3, 1, 1, true),
                IntStream.range(0, channels.size())
                        .mapToObj(i -> DownEncoderBlock2D.load(
                                w.at("down_blocks." + i),
                                channels.get(Math.max(0, i - 1)),
                                channels.get(i),
                                options.layersPerBlock(),
                                i < channels.size() - 1,
                                options.resnet()))
                        .toList(),
                UNetMidBlock2D.load(w.at("mid_block"), last, options.midBlockAddAttention(), options.resnet()),
                GroupNorm.load(
                        w.at("conv_norm_out"),
                        options.resnet().groups(),
                        last,
                        options.resnet().eps()),
                Activation.SILU,
                Conv2d.load(w.at("conv_out"), last, options.latentChannels(), 3, 1, 1, true));
    }

    @Override
    public Tensor forward(Tensor image) {
        Tensor hidden = convIn.call(image);
        for (DownEncoderBlock2D block : downBlocks) {
            hidden = block.call(hidden);
        }
        hidden = midBlock.call(hidden);
        return convOut.call(convAct.apply(convNormOut.call(hidden)));
    }
}
