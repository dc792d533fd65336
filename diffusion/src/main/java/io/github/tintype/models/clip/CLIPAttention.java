package io.github.tintype.models.clip;

import io.github.tintype.models.attention.AttentionLayer;
import io.github.tintype.models.attention.AttentionOptions;
import io.github.tintype.nn.Linear;
import io.github.tintype.nn.Weights;
import io.github.tintype.tensor.Dim;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.Tensor;

/**
 * Each token's attention to itself and those before it. x [b,t,hiddenSize] → [b,t,hiddenSize]. Source: <a
 * href="https://github.com/huggingface/transformers/blob/v5.23.0/src/transformers/models/clip/modeling_clip.py">transformers
 * models/clip/modeling_clip.py CLIPAttention</a>.
 */
public record CLIPAttention(
        String path,
        int heads,
        int headChannels,
        Linear qProj,
        Linear kProj,
        Linear vProj,
        Linear outProj,
        AttentionOptions options)
        implements Module.Of1<Tensor, Tensor>, AttentionLayer {
    public static CLIPAttention load(Weights w, CLIPTextConfig config) {
        int channels = config.hiddenSize();
        return new CLIPAttention(
                w.path(),
                config.numAttentionHeads(),
                channels / config.numAttentionHeads(),
                Linear.load(w.at("q_proj"), channels, channels, true),
                Linear.load(w.at("k_proj"), channels, channels, true),
                Linear.load(w.at("v_proj"), channels, channels, true),
                Linear.load(w.at("out_proj"), channels, channels, true),
                AttentionOptions.DEFAULT);
    }

    @Override
    public CLIPAttention with(AttentionOptions other) {
        return new CLIPAttention(path, heads, headChannels, qProj, kProj, vProj, outProj, other);
    }

    @Override
    public Tensor forward(Tensor x) {
        Tensor attended = options.attend(
                split(qProj.call(x)), split(kProj.call(x)), split(vProj.call(x)), true, 1 / Math.sqrt(headChannels));
        return outProj.call(attended.transpose(1, 2).reshape(x.shape()));
    }

    /* [b,t,heads·c] → [b,heads,t,c] */
    private Tensor split(Tensor x) {
        return x.reshape(x.dim(0), x.dim(1), Dim.of(heads), Dim.of(headChannels))
                .transpose(1, 2);
    }
}
