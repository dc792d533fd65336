package io.github.tintype.models.clip;

import io.github.tintype.models.attention.Attending;
import io.github.tintype.nn.LayerNorm;
import io.github.tintype.nn.Weights;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * CLIP's text encoder. Padding is attended to, as in the pipelines of diffusers. Source: <a
 * href="https://github.com/huggingface/transformers/blob/v5.23.0/src/transformers/models/clip/modeling_clip.py">transformers
 * models/clip/modeling_clip.py CLIPTextModel</a>.
 */
public record CLIPTextModel(
        String path,
        CLIPTextConfig config,
        CLIPTextEmbeddings embeddings,
        List<CLIPEncoderLayer> layers,
        LayerNorm finalLayerNorm)
        implements Module.Of1<CLIPTextModel.Input, CLIPTextModel.Output>, Attending<CLIPTextModel> {
    public CLIPTextModel {
        layers = List.copyOf(layers);
    }

    /** @param ids I64 [b,t], with begin and end tokens and padding */
    public record Input(Tensor ids) {}

    /**
     * What the encoder returns.
     *
     * @param hiddenStates [b,t,hiddenSize]: the embeddings, then the output of each layer, none of them normalised
     * @param lastHiddenState [b,t,hiddenSize], the last one after the final norm
     * @param pooled [b,hiddenSize], the row of lastHiddenState at the end token
     */
    public record Output(List<Tensor> hiddenStates, Tensor lastHiddenState, Tensor pooled) {
        public Output {
            hiddenStates = List.copyOf(hiddenStates);
        }
    }

    public static CLIPTextModel load(Weights weights, CLIPTextConfig config) {
        Weights w = weights.has("text_model") ? weights.at("text_model") : weights;
        return new CLIPTextModel(
                w.path(),
                config,
                CLIPTextEmbeddings.load(w.at("embeddings"), config),
                IntStream.range(0, config.numHiddenLayers())
                        .mapToObj(i -> CLIPEncoderLayer.load(w.at("encoder.layers." + i), config))
                        .toList(),
                LayerNorm.load(w.at("final_layer_norm"), config.hiddenSize(), config.layerNormEps()));
    }

    @Override
    public Output forward(Input input) {
        Tensor hidden = embeddings.call(input.ids());
        List<Tensor> states = new ArrayList<>(List.of(hidden));
        for (CLIPEncoderLayer layer : layers) {
            hidden = layer.call(hidden);
            states.add(hidden);
        }
        Tensor last = finalLayerNorm.call(hidden);
        return new Output(states, last, pool(last, input.ids()));
    }

    /* One row of each text, chosen by a mask: exact, and free of indices that depend on the batch. */
    private Tensor pool(Tensor states, Tensor ids) {
        // Where the configuration has the end token wrong, it is the largest id; elsewhere its first position counts.
        Tensor marks =
                config.eosTokenId() == 2 ? ids : ids.eq(config.eosTokenId()).to(DType.I64);
        Tensor position = marks.argmax(-1).unsqueeze(-1);
        Tensor chosen = Tensor.arange(ids.dim(1), DType.I64).eq(position).unsqueeze(-1);
        Tensor zero = Tensor.full(new TensorType(states.dtype(), Shape.SCALAR), 0);
        return chosen.where(states, zero).sum(false, 1);
    }
}
