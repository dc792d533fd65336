package io.github.tintype.pipelines;

import io.github.tintype.models.unet.UNet2DConditionModel;
import io.github.tintype.runtime.Engine;
import io.github.tintype.runtime.RunContext;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.trace.Tensor;
import java.util.List;
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

    /** This one in the type that a UNet computes in. */
    Conditioning to(DType dtype) {
        return new Conditioning(
                encoderHiddenStates.to(dtype),
                added.map(cond -> new UNet2DConditionModel.AddedCond(
                        cond.textEmbeds().to(dtype), cond.timeIds().to(dtype))));
    }

    /** A tensor without values. */
    static Tensor placeholder(DType dtype, long... sizes) {
        return Tensor.placeholder(TensorType.of(dtype, sizes));
    }

    /** The same, computed, so that each step gets the very same tensors. */
    Conditioning computed(Engine engine, RunContext context) {
        if (added.isEmpty()) {
            return of(engine.evaluate(List.of(encoderHiddenStates), context).getFirst());
        }
        List<Tensor> lazy = List.of(
                encoderHiddenStates, added.get().textEmbeds(), added.get().timeIds());
        List<Tensor> values = engine.evaluate(lazy, context);
        return of(values.get(0), values.get(1), values.get(2));
    }
}
