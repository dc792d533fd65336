package io.github.tintype.pipelines;

import io.github.tintype.capture.CompileOptions;
import io.github.tintype.capture.Compiled;
import io.github.tintype.capture.Compiler;
import io.github.tintype.capture.Explanation;
import io.github.tintype.models.clip.CLIPTextConfig;
import io.github.tintype.models.clip.CLIPTextModel;
import io.github.tintype.models.clip.CLIPTextModelWithProjection;
import io.github.tintype.runtime.Engine;
import io.github.tintype.runtime.RunContext;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.tokenizers.CLIPTokenizer;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.Tensor;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Supplier;

/** A tokenizer with its text encoder. Prompts are padded or cut to the tokenizer's length; padding is attended to, as in diffusers. */
final class PromptEncoder implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(PromptEncoder.class.getName());

    /** Start and end. */
    private static final int SHORTEST = 2;

    private final String component;
    private final Engine engine;
    private final CLIPTokenizer tokenizer;
    private final Module model;
    private final CLIPTextConfig config;
    private final int maxLength;
    private final Compiled<Tensor, Encoded> program;
    private final Compiled<Tensor, Tensor> finalLayerNorm;
    private final Supplier<String> suspicion;

    /** @param eager runs what isn't compiled */
    PromptEncoder(Compiler eager, TextModel text) {
        this.suspicion = text.suspicion();
        this.component = text.component().toString();
        this.engine = eager.engine();
        this.tokenizer = text.tokenizer();
        this.model = text.model();
        this.config = text.config();
        this.maxLength = tokenizer.modelMaxLength().orElse(config.maxPositionEmbeddings());
        this.program = text.component().eager(eager, ids -> encode(text.model(), ids));
        this.finalLayerNorm =
                text.component().eager(eager, textModel(text.model()).finalLayerNorm()::call);
    }

    private PromptEncoder(
            PromptEncoder like,
            Module model,
            Compiled<Tensor, Encoded> program,
            Compiled<Tensor, Tensor> finalLayerNorm) {
        this.component = like.component;
        this.suspicion = like.suspicion;
        this.engine = like.engine;
        this.tokenizer = like.tokenizer;
        this.model = model;
        this.config = like.config;
        this.maxLength = like.maxLength;
        this.program = program;
        this.finalLayerNorm = finalLayerNorm;
    }

    private static CLIPTextModel textModel(Module model) {
        return switch (model) {
            case CLIPTextModel plain -> plain;
            case CLIPTextModelWithProjection projected -> projected.textModel();
            default -> throw new IllegalArgumentException("text encoder: got a " + model.getClass());
        };
    }

    private static Encoded encode(Module model, Tensor ids) {
        CLIPTextModel.Input input = new CLIPTextModel.Input(ids);
        if (model instanceof CLIPTextModelWithProjection projected) {
            CLIPTextModelWithProjection.Output output = projected.call(input);
            return new Encoded(output.textEmbeds(), output.lastHiddenState(), output.hiddenStates());
        }
        CLIPTextModel.Output output = textModel(model).call(input);
        return new Encoded(output.pooled(), output.lastHiddenState(), output.hiddenStates());
    }

    /** This encoder with changed modules. */
    PromptEncoder with(ModelChange change) {
        Module changed = change.of(model);
        return new PromptEncoder(
                this,
                changed,
                program.with(ids -> encode(changed, ids)),
                finalLayerNorm.with(textModel(changed).finalLayerNorm()::call));
    }

    Module model() {
        return model;
    }

    /** This encoder, compiled. */
    PromptEncoder compile(Compiler compiler, CompileOptions options) {
        return new PromptEncoder(this, model, program.with(compiler, options), finalLayerNorm.with(compiler, options));
    }

    Explanation explain() {
        return program.explain();
    }

    /** What encoding so many prompts needs. */
    MemoryNeed.Part memory(int prompts) {
        Tensor ids = Tensor.placeholder(TensorType.of(DType.I64, prompts, maxLength));
        return new MemoryNeed.Part(PipelineComponent.parse(component), program.memory(ids));
    }

    /** Width of the hidden states. */
    int width() {
        return config.hiddenSize();
    }

    /** How many tokens a prompt is padded or cut to. */
    int tokens() {
        return maxLength;
    }

    /** Width of the pooled text. */
    int pooledWidth() {
        return config.projectionDim();
    }

    /** @throws RequestException if there are not that many blocks to leave out; {@code fromEnd}: the hidden state without clipSkip */
    void checkClipSkip(OptionalInt clipSkip, int fromEnd) {
        int most = config.numHiddenLayers() + 1 - fromEnd;
        if (clipSkip.isPresent() && clipSkip.getAsInt() > most) {
            throw new RequestException("clipSkip: got %d, wanted at most %d, the blocks of %s"
                    .formatted(clipSkip.getAsInt(), most, component));
        }
    }

    /** The norm after the last block, for hidden states that didn't go through it. [b,t,width] → [b,t,width]. */
    Tensor finalLayerNorm(Tensor hiddenState, RunContext context) {
        return finalLayerNorm.call(hiddenState, context);
    }

    /**
     * What a text encoder says about a list of prompts.
     *
     * @param pooled {@code [b,width]}: one vector for each prompt
     * @param last {@code [b,t,width]} after the final norm
     * @param hiddenStates {@code [b,t,width]} embeddings, then the output of each block
     */
    record Encoded(Tensor pooled, Tensor last, List<Tensor> hiddenStates) {
        /** The hidden state {@code fromEnd} places from the end, 1 for the last. */
        Tensor hiddenState(int fromEnd) {
            return hiddenStates.get(hiddenStates.size() - fromEnd);
        }
    }

    /** Prompts of {@link #tokens} tokens. @throws NonFiniteException naming the text encoder */
    Encoded encode(List<String> prompts, RunContext context) {
        return encode(prompts, maxLength, context);
    }

    /** The same, padded or cut to another length: that of embeddings they are to stand beside. */
    Encoded encode(List<String> prompts, int length, RunContext context) {
        if (length < SHORTEST || length > config.maxPositionEmbeddings()) {
            throw new RequestException(
                    "negativePromptEmbeds: got none, wanted them beside promptEmbeds of %d tokens: %s takes %d to %d"
                            .formatted(length, component, SHORTEST, config.maxPositionEmbeddings()));
        }
        long[] ids = new long[prompts.size() * length];
        for (int i = 0; i < prompts.size(); i++) {
            String prompt = prompts.get(i);
            tokenizer
                    .truncatedText(prompt, length)
                    .ifPresent(text -> LOG.log(
                            System.Logger.Level.WARNING,
                            "{0}: more than {1} tokens, left out: {2}",
                            component,
                            Integer.toString(length),
                            text));
            System.arraycopy(tokenizer.encodePadded(prompt, length), 0, ids, i * length, length);
        }
        Tensor input = engine.tensor(HostTensor.ofLongs(ids, prompts.size(), length));
        Encoded encoded = program.call(input, context);
        Finite.check(encoded.last(), component, suspicion);
        return encoded;
    }

    @Override
    public void close() {
        program.close();
        finalLayerNorm.close();
    }
}
