package io.github.tintype.pipelines;

import io.github.tintype.models.clip.CLIPTextConfig;
import io.github.tintype.models.clip.CLIPTextModel;
import io.github.tintype.models.clip.CLIPTextModelWithProjection;
import io.github.tintype.tokenizers.CLIPTokenizer;
import io.github.tintype.trace.Module;
import java.util.function.Supplier;

/**
 * A text encoder and its tokenizer as loaded, which {@link PromptEncoder} runs on an engine.
 *
 * @param model a {@link CLIPTextModel} or a {@link CLIPTextModelWithProjection}
 * @param suspicion see {@link Finite#check}
 */
record TextModel(
        PipelineComponent component,
        CLIPTokenizer tokenizer,
        Module model,
        CLIPTextConfig config,
        Supplier<String> suspicion) {
    /** Width of the hidden states. */
    int width() {
        return config.hiddenSize();
    }

    /** Width of the pooled text. */
    int pooledWidth() {
        return config.projectionDim();
    }
}
