package io.github.tintype.pipelines;

import io.github.tintype.models.unet.UNet2DConditionModel;
import io.github.tintype.trace.Tensor;
import java.util.Optional;

/**
 * What the UNet is told in every step.
 *
 * @param encoderHiddenStates {@code [rows,tokens,width]}; rows = pictures, twice that with guidance (unguided first)
 * @param added pooled text and sizes, SDXL only
 */
record Conditioning(Tensor encoderHiddenStates, Optional<UNet2DConditionModel.AddedCond> added) {
    static Conditioning of(Tensor encoderHiddenStates) {
        return new Conditioning(encoderHiddenStates, Optional.empty());
    }

    static Conditioning of(Tensor encoderHiddenStates, Tensor textEmbeds, Tensor timeIds) {
        return new Conditioning(
                encoderHiddenStates, Optional.of(new UNet2DConditionModel.AddedCond(textEmbeds, timeIds)));
    }
}
