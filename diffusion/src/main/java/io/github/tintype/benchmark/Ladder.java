package io.github.tintype.benchmark;

import io.github.tintype.capture.Mode;
import io.github.tintype.quantization.QuantizationConfig.Int8DynamicActivationInt8Weight;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.SdpBackend;
import io.github.tintype.tensor.SdpaChoice;
import java.util.List;
import java.util.Optional;

/** The steps of the guide to accelerating inference, each on top of the one before. Images are channels-last throughout, so that this is no step of its own. */
public final class Ladder {
    private Ladder() {}

    /**
     * F32 with all scores in memory, then bf16, the fastest attention, compiling, fused projections, dynamic int8.
     *
     * @param mode of what is compiled
     */
    public static List<Variant> steps(Mode mode) {
        ModelForm exact = ModelForm.PLAIN.withAttention(SdpaChoice.of(SdpBackend.MATH));
        ModelForm half = ModelForm.PLAIN.withDtype(DType.BF16);
        ModelForm fused = half.withFuseQkv();
        return List.of(
                new Variant(exact, Optional.empty(), false),
                new Variant(exact.withDtype(DType.BF16), Optional.empty(), false),
                new Variant(half, Optional.empty(), false),
                new Variant(half, Optional.of(mode), false),
                new Variant(fused, Optional.of(mode), false),
                new Variant(fused.withQuantization(new Int8DynamicActivationInt8Weight()), Optional.of(mode), false));
    }
}
