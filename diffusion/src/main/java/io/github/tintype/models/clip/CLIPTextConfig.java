package io.github.tintype.models.clip;

import io.github.tintype.io.ConfigNode;
import io.github.tintype.io.ModelFormatException;
import io.github.tintype.models.ModelConfig;
import io.github.tintype.nn.Activation;

/**
 * config.json of a CLIP text encoder. Source: <a
 * href="https://github.com/huggingface/transformers/blob/v5.23.0/src/transformers/models/clip/configuration_clip.py">transformers
 * models/clip/configuration_clip.py CLIPTextConfig</a>.
 *
 * @param projectionDim channels of the projected text, where there is a projection
 * @param eosTokenId the end token, or 2 in configurations of old, which had it wrong
 */
public record CLIPTextConfig(
        int vocabSize,
        int hiddenSize,
        int intermediateSize,
        int projectionDim,
        int numHiddenLayers,
        int numAttentionHeads,
        int maxPositionEmbeddings,
        Activation hiddenAct,
        double layerNormEps,
        int eosTokenId) {
    /** @throws ModelFormatException for values that are wrong or disagree; unknown keys are ignored */
    public static CLIPTextConfig parse(ConfigNode node) {
        ModelConfig config = new ModelConfig(node);
        int hidden = node.getPositiveInt("hidden_size", 512);
        int heads = node.getPositiveInt("num_attention_heads", 8);
        config.requireDivides("num_attention_heads", heads, hidden);
        return new CLIPTextConfig(
                node.getPositiveInt("vocab_size", 49408),
                hidden,
                node.getPositiveInt("intermediate_size", 2048),
                node.getPositiveInt("projection_dim", 512),
                node.getPositiveInt("num_hidden_layers", 12),
                heads,
                node.getPositiveInt("max_position_embeddings", 77),
                config.activation("hidden_act", "quick_gelu"),
                node.getDouble("layer_norm_eps", 1e-5),
                node.getInt("eos_token_id", 49407));
    }
}
