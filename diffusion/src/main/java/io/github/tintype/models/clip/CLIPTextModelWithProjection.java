package io.github.tintype.models.clip;

import io.github.tintype.models.attention.Attending;
import io.github.tintype.nn.Linear;
import io.github.tintype.nn.Weights;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.Tensor;
import java.util.List;

/**
 * {@link CLIPTextModel} whose pooled row goes through one more linear layer. Source: <a
 * href="https://github.com/huggingface/transformers/blob/v5.23.0/src/transformers/models/clip/modeling_clip.py">transformers
 * models/clip/modeling_clip.py CLIPTextModelWithProjection</a>.
 */
public record CLIPTextModelWithProjection(String path, CLIPTextModel textModel, Linear textProjection)
        implements Module.Of1<CLIPTextModel.Input, CLIPTextModelWithProjection.Output>,
                Attending<CLIPTextModelWithProjection> {
    /**
     * {@link CLIPTextModel.Output}, and:
     *
     * @param textEmbeds [b,projectionDim]
     */
    public record Output(List<Tensor> hiddenStates, Tensor lastHiddenState, Tensor pooled, Tensor textEmbeds) {
        public Output {
            hiddenStates = List.copyOf(hiddenStates);
        }
    }

    public static CLIPTextModelWithProjection load(Weights w, CLIPTextConfig config) {
        return new CLIPTextModelWithProjection(
                w.path(),
                CLIPTextModel.load(w, config),
                Linear.load(w.at("text_projection"), config.hiddenSize(), config.projectionDim(), false));
    }

    public CLIPTextConfig config() {
        return textModel.config();
    }

    @Override
    public Output forward(CLIPTextModel.Input input) {
        CLIPTextModel.Output text = textModel.call(input);
        return new Output(
                text.hiddenStates(), text.lastHiddenState(), text.pooled(), textProjection.call(text.pooled()));
    }
}
