package io.github.tintype.benchmark;

import io.github.tintype.models.attention.AttentionLayer;
import io.github.tintype.models.attention.FusibleAttention;
import io.github.tintype.quantization.LayerFilter;
import io.github.tintype.quantization.Quantization;
import io.github.tintype.quantization.QuantizationConfig;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.SdpaChoice;
import io.github.tintype.trace.ModuleTree;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What is made of a model before it is compiled, in this order.
 *
 * @param dtype that it computes in
 * @param fuseQkv whether projections of attentions are fused
 * @param quantization of the layers that the guide's filters choose, if any
 * @param attention which back ends compute attention; otherwise what is fastest
 */
public record ModelForm(
        DType dtype, boolean fuseQkv, Optional<QuantizationConfig> quantization, Optional<SdpaChoice> attention) {
    /** As it was loaded, in f32. */
    public static final ModelForm PLAIN = new ModelForm(DType.F32, false, Optional.empty(), Optional.empty());

    /** In another type. */
    public ModelForm withDtype(DType other) {
        return new ModelForm(other, fuseQkv, quantization, attention);
    }

    /** With fused projections. */
    public ModelForm withFuseQkv() {
        return new ModelForm(dtype, true, quantization, attention);
    }

    /** With quantised layers. */
    public ModelForm withQuantization(QuantizationConfig config) {
        return new ModelForm(dtype, fuseQkv, Optional.of(config), attention);
    }

    /** With attention by some back ends. */
    public ModelForm withAttention(SdpaChoice choice) {
        return new ModelForm(dtype, fuseQkv, quantization, Optional.of(choice));
    }

    /** The model in this form, sharing what stays. */
    <M> M of(M model) {
        M made = ModuleTree.mapWeights(model, weight -> weight.to(dtype));
        if (fuseQkv) {
            made = ModuleTree.map(made, FusibleAttention.fuse());
        }
        if (quantization.isPresent()) {
            made = Quantization.swapConv1x1ToLinear(made, LayerFilter.convFilter());
            made = Quantization.quantize(made, quantization.get(), LayerFilter.dynamicQuantFilter());
        }
        return attention.isPresent() ? ModuleTree.map(made, AttentionLayer.by(attention.get())) : made;
    }

    /** E.g. {@code bf16 fused int8-dynamic}; empty for {@link #PLAIN}. */
    @Override
    public String toString() {
        List<String> words = new ArrayList<>();
        if (dtype != DType.F32) {
            words.add(dtype.name().toLowerCase(Locale.ROOT));
        }
        if (fuseQkv) {
            words.add("fused");
        }
        quantization.ifPresent(config -> words.add(config.label()));
        attention.ifPresent(choice -> words.add(choice.toString()));
        return String.join(" ", words);
    }
}
