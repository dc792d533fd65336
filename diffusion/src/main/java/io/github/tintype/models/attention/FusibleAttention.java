package io.github.tintype.models.attention;

import io.github.tintype.trace.Module;

/** An attention whose projections can be fused. Source: diffusers' {@code fuse_qkv_projections}. */
public interface FusibleAttention extends Module {
    Projections projections();

    /** The same with queries, keys and values from one layer, or in cross attention keys and values. Fused ones stay as they are. */
    FusibleAttention fuseProjections();

    /** The same with a layer for each. */
    FusibleAttention unfuseProjections();
}
