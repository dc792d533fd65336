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
import io.github.tintype.trace.Tensor;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.function.Supplier;

/** A tokenizer with its text encoder. Prompts are padded or cut to the tokenizer's length; padding is attended to, as in diffusers. */
final class PromptEncoder implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(PromptEncoder.class.getName());

    /** Start and end. */
    private static final int SHORTEST = 2;

    private final String component;
    private final Engine engine;
    private final CLIPTokenizer tokenizer;
    private final CLIPTextConfig config;
    private final int maxLength;
    private final Compiled<Tensor, Encoded> program;
    private final Compiled<Tensor, Tensor> finalLayerNorm;
    private final Supplier<String> suspicion;

    PromptEncoder(
            PipelineComponent component,
            Compiler eager,
            CLIPTokenizer tokenizer,
            CLIPTextModel model,
            Supplier<String> suspicion) {
        this(component, eager, tokenizer, model.config(), model, suspicion, ids -> {
            CLIPTextModel.Output output = model.call(new CLIPTextModel.Input(ids));
            return new Encoded(output.pooled(), output.lastHiddenState(), output.hiddenStates());
        });
    }

    PromptEncoder(
            PipelineComponent component,
            Compiler eager,
            CLIPTokenizer tokenizer,
            CLIPTextModelWithProjection model,
            Supplier<String> suspicion) {
        this(component, eager, tokenizer, model.config(), model.textModel(), suspicion, ids -> {
            CLIPTextModelWithProjection.Output output = model.call(new CLIPTextModel.Input(ids));
            return new Encoded(output.textEmbeds(), output.lastHiddenState(), output.hiddenStates());
        });
    }

    private PromptEncoder(
            PipelineComponent component,
            Compiler eager,
            CLIPTokenizer tokenizer,
            CLIPTextConfig config,
            CLIPTextModel model,
            Supplier<String> suspicion,
            Function<Tensor, Encoded> forward) {
        this.suspicion = suspicion;
        this.component = component.toString();
        this.engine = eager.engine();
        this.tokenizer = tokenizer;
        this.config = config;
        this.maxLength = tokenizer.modelMaxLength().orElse(config.maxPositionEmbeddings());
        this.program = component.eager(eager, forward);
        this.finalLayerNorm = component.eager(eager, model.finalLayerNorm()::call);
    }

    private PromptEncoder(
            PromptEncoder like, Compiled<Tensor, Encoded> program, Compiled<Tensor, Tensor> finalLayerNorm) {
        this.component = like.component;
        this.suspicion = like.suspicion;
        this.engine = like.engine;
        this.tokenizer = like.tokenizer;
        this.config = like.config;
        this.maxLength = like.maxLength;
        this.program = program;
        this.finalLayerNorm = finalLayerNorm;
    }

    /** This encoder, compiled. */
    PromptEncoder compile(Compiler compiler, CompileOptions options) {
        return new PromptEncoder(this, program.with(compiler, options), finalLayerNorm.with(compiler, options));
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
