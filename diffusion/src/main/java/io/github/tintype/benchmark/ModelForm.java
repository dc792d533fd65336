package io.github.tintype.benchmark;

import io.github.tintype.models.attention.FusibleAttention;
import io.github.tintype.tensor.DType;
import io.github.tintype.trace.ModuleTree;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What is made of a model before it is compiled.
 *
 * @param dtype that it computes in
 * @param fuseQkv whether projections of attentions are fused
 */
public record ModelForm(DType dtype, boolean fuseQkv) {
    /** As it was loaded, in f32. */
    public static final ModelForm PLAIN = new ModelForm(DType.F32, false);

    /** In another type. */
    public ModelForm withDtype(DType other) {
        return new ModelForm(other, fuseQkv);
    }

    /** With fused projections. */
    public ModelForm withFuseQkv() {
        return new ModelForm(dtype, true);
    }

    /** The model in this form, sharing what stays. */
    <M> M of(M model) {
        M cast = ModuleTree.mapWeights(model, weight -> weight.to(dtype));
        return fuseQkv
                ? ModuleTree.map(
                        cast,
                        module -> module instanceof FusibleAttention attention ? attention.fuseProjections() : module)
                : cast;
    }

    /** E.g. {@code bf16 fused}; empty for {@link #PLAIN}. */
    @Override
    public String toString() {
        List<String> words = new ArrayList<>();
        if (dtype != DType.F32) {
            words.add(dtype.name().toLowerCase(Locale.ROOT));
        }
        if (fuseQkv) {
            words.add("fused");
        }
        return String.join(" ", words);
    }
}
