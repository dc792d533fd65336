package io.github.tintype.models.unet.blocks;

import io.github.tintype.models.attention.Transformer2DModel;
import io.github.tintype.models.resnet.Downsample2D;
import io.github.tintype.models.resnet.ResnetBlock2D;
import io.github.tintype.models.resnet.Upsample2D;
import io.github.tintype.nn.Weights;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** How the children of all blocks are read: the names and channel counts that blocks of one direction share. */
final class Layers {
    private Layers() {}

    static List<ResnetBlock2D> down(Weights w, BlockOptions options) {
        return IntStream.range(0, options.layers())
                .mapToObj(i -> ResnetBlock2D.load(
                        w.at("resnets." + i),
                        i == 0 ? options.inChannels() : options.outChannels(),
                        options.outChannels(),
                        options.resnet()))
                .toList();
    }

    /* The last skip comes from the resolution below, whose channels it has. */
    static List<ResnetBlock2D> up(Weights w, int previousChannels, BlockOptions options) {
        int last = options.layers() - 1;
        return IntStream.rangeClosed(0, last)
                .mapToObj(i -> ResnetBlock2D.load(
                        w.at("resnets." + i),
                        (i == 0 ? previousChannels : options.outChannels())
                                + (i == last ? options.inChannels() : options.outChannels()),
                        options.outChannels(),
                        options.resnet()))
                .toList();
    }

    static List<Transformer2DModel> attentions(Weights w, BlockOptions options) {
        return IntStream.range(0, options.layers())
                .mapToObj(i -> Transformer2DModel.load(
                        w.at("attentions." + i),
                        options.outChannels(),
                        options.transformerLayers().get(i),
                        options.attention()))
                .toList();
    }

    static Optional<Downsample2D> downsampler(Weights w, int padding, BlockOptions options) {
        return options.resample()
                ? Optional.of(Downsample2D.load(w.at("downsamplers.0"), options.outChannels(), padding))
                : Optional.empty();
    }

    static Optional<Upsample2D> upsampler(Weights w, BlockOptions options) {
        return options.resample()
                ? Optional.of(Upsample2D.load(w.at("upsamplers.0"), options.outChannels()))
                : Optional.empty();
    }
}
