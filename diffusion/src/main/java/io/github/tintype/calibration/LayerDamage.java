package io.github.tintype.calibration;

import io.github.tintype.io.LayerForm;
import io.github.tintype.pipelines.PipelineComponent;
import io.github.tintype.tensor.Shape;

/**
 * What one form does to one layer.
 *
 * @param weight sizes of the layer's weight
 * @param relativeRms √(Σ(got − wanted)² / Σ wanted²) over all results of the layer on all samples, each for the input that the layer has in the model as it is
 * @param bytesSaved of the weight; more than 0
 */
public record LayerDamage(
        PipelineComponent component, String path, Shape weight, LayerForm form, double relativeRms, long bytesSaved) {
    /** What adds up over layers whose errors have nothing to do with each other. */
    double squared() {
        return relativeRms * relativeRms;
    }
}
