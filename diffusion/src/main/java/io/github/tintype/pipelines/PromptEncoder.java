package io.github.tintype.pipelines;

import io.github.tintype.models.clip.CLIPTextConfig;
import io.github.tintype.models.clip.CLIPTextModel;
import io.github.tintype.models.clip.CLIPTextModelWithProjection;
import io.github.tintype.runtime.Engine;
import io.github.tintype.runtime.Program;
import io.github.tintype.runtime.RunContext;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tokenizers.CLIPTokenizer;
import io.github.tintype.trace.Tensor;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

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
    private final Program program;
    private final Program finalLayerNorm;
    private final Supplier<String> suspicion;

    PromptEncoder(
            String component, Engine engine, CLIPTokenizer tokenizer, CLIPTextModel model, Supplier<String> suspicion) {
        this(component, engine, tokenizer, model.config(), model, suspicion, ids -> {
            CLIPTextModel.Output output = model.call(new CLIPTextModel.Input(ids));
            return new Encoded(output.pooled(), output.lastHiddenState(), output.hiddenStates());
        });
    }

    PromptEncoder(
            String component,
            Engine engine,
            CLIPTokenizer tokenizer,
            CLIPTextModelWithProjection model,
            Supplier<String> suspicion) {
        this(component, engine, tokenizer, model.config(), model.textModel(), suspicion, ids -> {
            CLIPTextModelWithProjection.Output output = model.call(new CLIPTextModel.Input(ids));
            return new Encoded(output.textEmbeds(), output.lastHiddenState(), output.hiddenStates());
        });
    }

    private PromptEncoder(
            String component,
            Engine engine,
            CLIPTokenizer tokenizer,
            CLIPTextConfig config,
            CLIPTextModel model,
            Supplier<String> suspicion,
            Function<Tensor, Encoded> forward) {
        this.suspicion = suspicion;
        this.component = component;
        this.engine = engine;
        this.tokenizer = tokenizer;
        this.config = config;
        this.maxLength = tokenizer.modelMaxLength().orElse(config.maxPositionEmbeddings());
        this.program =
                engine.program(component, inputs -> forward.apply(inputs.get(0)).toList());
        this.finalLayerNorm = engine.program(
                component + ".final_layer_norm",
                inputs -> List.of(model.finalLayerNorm().call(inputs.get(0))));
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
        return finalLayerNorm.run(List.of(hiddenState), context).get(0);
    }

    /**
     * What a text encoder says about a list of prompts.
     *
     * @param pooled {@code [b,width]}: one vector for each prompt
     * @param last {@code [b,t,width]} after the final norm
     * @param hiddenStates {@code [b,t,width]} embeddings, then the output of each block
     */
    record Encoded(Tensor pooled, Tensor last, List<Tensor> hiddenStates) {
        private List<Tensor> toList() {
            return Stream.concat(Stream.of(pooled, last), hiddenStates.stream()).toList();
        }

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
        List<Tensor> outputs = program.run(List.of(input), context);
        Finite.check(outputs.get(1), component, suspicion);
        return new Encoded(outputs.get(0), outputs.get(1), outputs.subList(2, outputs.size()));
    }

    @Override
    public void close() {
        program.close();
        finalLayerNorm.close();
    }
}
