package io.github.tintype.models.vae.blocks;

import io.github.tintype.models.resnet.ResnetBlock2D;
import java.util.List;

/**
 * What both halves of an autoencoder are built from.
 *
 * @param imageChannels channels of the picture at this half's end
 * @param latentChannels channels at the other end: for an encoder, those of mean and logvar together
 * @param blockOutChannels channels per resolution, from the highest to the lowest
 */
public record CoderOptions(
        int imageChannels,
        int latentChannels,
        List<Integer> blockOutChannels,
        int layersPerBlock,
        boolean midBlockAddAttention,
        ResnetBlock2D.Options resnet) {
    public CoderOptions {
        blockOutChannels = List.copyOf(blockOutChannels);
    }
}
