package io.github.tintype.models.attention;

import io.github.tintype.trace.Module;
import java.util.function.UnaryOperator;

/** An attention whose projections can be fused. Source: diffusers' {@code fuse_qkv_projections}. */
public interface FusibleAttention extends Module {
    Projections projections();

    /** The same with queries, keys and values from one layer, or in cross attention keys and values. Fused ones stay as they are. */
    FusibleAttention fuseProjections();

    /** The same with a layer for each. */
    FusibleAttention unfuseProjections();

    /** For {@link io.github.tintype.trace.ModuleTree#map}: fuses each attention of a model. */
    static UnaryOperator<Module> fuse() {
        return each(FusibleAttention::fuseProjections);
    }

    /** Likewise: the opposite. */
    static UnaryOperator<Module> unfuse() {
        return each(FusibleAttention::unfuseProjections);
    }

    private static UnaryOperator<Module> each(UnaryOperator<FusibleAttention> change) {
        return module -> module instanceof FusibleAttention attention ? change.apply(attention) : module;
    }
}
