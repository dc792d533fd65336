package io.github.tintype.models.clip;

import io.github.tintype.nn.Embedding;
import io.github.tintype.nn.Weights;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.Tensor;

/**
 * Token plus position. ids I64 [b,t] → [b,t,hiddenSize], t ≤ maxPositionEmbeddings. Source: <a
 * href="https://github.com/huggingface/transformers/blob/v5.23.0/src/transformers/models/clip/modeling_clip.py">transformers
 * models/clip/modeling_clip.py CLIPTextEmbeddings</a>.
 */
public record CLIPTextEmbeddings(String path, Embedding tokenEmbedding, Embedding positionEmbedding)
        implements Module.Of1<Tensor, Tensor> {
    public static CLIPTextEmbeddings load(Weights w, CLIPTextConfig config) {
        w.ignore("position_ids"); // 0, 1, 2 …, which checkpoints of old hold
        return new CLIPTextEmbeddings(
                w.path(),
                Embedding.load(w.at("token_embedding"), config.vocabSize(), config.hiddenSize()),
                Embedding.load(w.at("position_embedding"), config.maxPositionEmbeddings(), config.hiddenSize()));
    }

    /** @throws ShapeException if there are more tokens than positions */
    @Override
    public Tensor forward(Tensor ids) {
        Dim tokens = ids.dim(1);
        Dim positions = positionEmbedding.weight().type().shape().dim(0);
        if (tokens.isFixed() && tokens.value() > positions.value()) {
            throw new ShapeException(
                    "CLIPTextEmbeddings: got %s tokens, wanted at most %s".formatted(tokens, positions));
        }
        return tokenEmbedding.call(ids).add(positionEmbedding.call(Tensor.arange(tokens, DType.I64)));
    }
}
