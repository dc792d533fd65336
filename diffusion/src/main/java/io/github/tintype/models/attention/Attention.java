package io.github.tintype.models.attention;

import io.github.tintype.nn.Linear;
import io.github.tintype.nn.Weights;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.Dim;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.Tensor;
import java.util.List;
import java.util.Optional;

/**
 * Multi-head attention. x [b,t,channels], context [b,s,contextChannels] → [b,t,channels]; without context x attends to itself.
 * Source: <a href="https://github.com/huggingface/diffusers/blob/v0.42.1/src/diffusers/models/attention_processor.py">diffusers
 * models/attention_processor.py Attention, AttnProcessor2_0</a>.
 *
 * @param cross whether it attends to something else than x
 * @param upcast whether scores and their weighted sum are computed in f32 whatever the type of x
 */
public record Attention(
        String path,
        int heads,
        int headChannels,
        boolean cross,
        Projections projections,
        Linear toOut,
        boolean upcast,
        AttentionOptions options)
        implements Module.Of2<Tensor, Optional<Tensor>, Tensor>, FusibleAttention, AttentionLayer {
    public static Attention load(
            Weights w, int channels, int contextChannels, int heads, boolean cross, boolean upcast) {
        return new Attention(
                w.path(),
                heads,
                channels / heads,
                cross,
                new Projections.Separate(
                        Linear.load(w.at("to_q"), channels, channels, false),
                        Linear.load(w.at("to_k"), contextChannels, channels, false),
                        Linear.load(w.at("to_v"), contextChannels, channels, false)),
                Linear.load(w.at("to_out.0"), channels, channels, true),
                upcast,
                AttentionOptions.DEFAULT);
    }

    @Override
    public Attention with(AttentionOptions other) {
        return new Attention(path, heads, headChannels, cross, projections, toOut, upcast, other);
    }

    @Override
    public Attention fuseProjections() {
        return with(projections.fuse(path, cross));
    }

    @Override
    public Attention unfuseProjections() {
        return with(projections.unfuse(List.of(path + ".to_q", path + ".to_k", path + ".to_v")));
    }

    private Attention with(Projections other) {
        return new Attention(path, heads, headChannels, cross, other, toOut, upcast, options);
    }

    @Override
    public Tensor forward(Tensor x, Optional<Tensor> context) {
        Tensor source = context.orElse(x);
        Projections.Projected projected = projections.project(x, source);
        Tensor q = split(projected.q());
        Tensor k = split(projected.k());
        Tensor v = split(projected.v());
        Tensor attended =
                options.attend(q, k, v, false, 1 / Math.sqrt(headChannels)).to(x.dtype());
        Dim inner = Dim.of((long) heads * headChannels);
        return toOut.call(attended.transpose(1, 2).reshape(x.dim(0), x.dim(1), inner));
    }

    /* [b,t,heads·c] → [b,heads,t,c] */
    private Tensor split(Tensor tokens) {
        Tensor exact = upcast ? tokens.to(DType.F32) : tokens;
        return exact.reshape(exact.dim(0), exact.dim(1), Dim.of(heads), Dim.of(headChannels))
                .transpose(1, 2);
    }
}
