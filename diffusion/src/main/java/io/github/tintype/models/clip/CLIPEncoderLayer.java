package io.github.tintype.models.clip;

import io.github.tintype.nn.LayerNorm;
import io.github.tintype.nn.Weights;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.Tensor;

/**
 * Attention and MLP, each behind a layer norm and beside a shortcut. x [b,t,hiddenSize] → [b,t,hiddenSize]. Source: <a
 * href="https://github.com/huggingface/transformers/blob/v5.23.0/src/transformers/models/clip/modeling_clip.py">transformers
 * models/clip/modeling_clip.py CLIPEncoderLayer</a>.
 */
public record CLIPEncoderLayer(
        String path, LayerNorm layerNorm1, CLIPAttention selfAttn, LayerNorm layerNorm2, CLIPMLP mlp)
        implements Module.Of1<Tensor, Tensor> {
    public static CLIPEncoderLayer load(Weights w, CLIPTextConfig config) {
        return new CLIPEncoderLayer(
                w.path(),
                LayerNorm.load(w.at("layer_norm1"), config.hiddenSize(), config.layerNormEps()),
                CLIPAttention.load(w.at("self_attn"), config),
                LayerNorm.load(w.at("layer_norm2"), config.hiddenSize(), config.layerNormEps()),
                CLIPMLP.load(w.at("mlp"), config));
    }

    @Override
    public Tensor forward(Tensor x) {
        Tensor hidden = x.add(selfAttn.call(layerNorm1.call(x)));
        return hidden.add(mlp.call(layerNorm2.call(hidden)));
    }
}
