package io.github.tintype.models.unet.blocks;

import io.github.tintype.models.attention.Transformer2DModel;
import io.github.tintype.models.resnet.ResnetBlock2D;
import java.util.List;

/**
 * What one block of a denoiser is built from.
 *
 * @param inChannels channels of its input; for an up block, of its last skip
 * @param outChannels channels of its output
 * @param resample whether it ends with a change of resolution
 * @param transformerLayers transformer blocks of each layer; its length is the number of layers
 */
public record BlockOptions(
        int inChannels,
        int outChannels,
        boolean resample,
        List<Integer> transformerLayers,
        ResnetBlock2D.Options resnet,
        Transformer2DModel.Options attention) {
    public BlockOptions {
        transformerLayers = List.copyOf(transformerLayers);
    }

    /** Number of resnets. */
    public int layers() {
        return transformerLayers.size();
    }
}
