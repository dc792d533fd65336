package io.github.tintype.models.attention;

import io.github.tintype.nn.LayerNorm;
import io.github.tintype.nn.Weights;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.Tensor;
import java.util.Optional;

/**
 * Self attention, attention to the text, feed forward; each behind a layer norm and beside a shortcut. x [b,t,channels], text
 * [b,s,crossAttentionDim] → [b,t,channels]. Source: <a
 * href="https://github.com/huggingface/diffusers/blob/v0.42.1/src/diffusers/models/attention.py">diffusers
 * models/attention.py BasicTransformerBlock</a>.
 *
 * @param onlyCrossAttention whether the first attention looks at the text too
 */
public record BasicTransformerBlock(
        String path,
        LayerNorm norm1,
        Attention attn1,
        LayerNorm norm2,
        Attention attn2,
        LayerNorm norm3,
        FeedForward ff,
        boolean onlyCrossAttention)
        implements Module.Of2<Tensor, Tensor, Tensor> {
    private static final double EPS = 1e-5;

    public static BasicTransformerBlock load(Weights w, int channels, Transformer2DModel.Options options) {
        int text = options.crossAttentionDim();
        return new BasicTransformerBlock(
                w.path(),
                LayerNorm.load(w.at("norm1"), channels, EPS),
                Attention.load(
                        w.at("attn1"),
                        channels,
                        options.onlyCrossAttention() ? text : channels,
                        options.heads(),
                        options.onlyCrossAttention(),
                        options.upcastAttention()),
                LayerNorm.load(w.at("norm2"), channels, EPS),
                Attention.load(w.at("attn2"), channels, text, options.heads(), true, options.upcastAttention()),
                LayerNorm.load(w.at("norm3"), channels, EPS),
                FeedForward.load(w.at("ff"), channels),
                options.onlyCrossAttention());
    }

    @Override
    public Tensor forward(Tensor x, Tensor text) {
        Optional<Tensor> context = onlyCrossAttention ? Optional.of(text) : Optional.empty();
        Tensor hidden = attn1.call(norm1.call(x), context).add(x);
        hidden = attn2.call(norm2.call(hidden), Optional.of(text)).add(hidden);
        return ff.call(norm3.call(hidden)).add(hidden);
    }
}
