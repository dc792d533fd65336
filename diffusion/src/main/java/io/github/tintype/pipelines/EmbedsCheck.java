package io.github.tintype.pipelines;

import io.github.tintype.tensor.HostTensor;
import java.util.Arrays;
import java.util.Optional;

/** Finds what is wrong with embeddings that a request has in place of prompts: the checks of diffusers, and those of the shapes. */
final class EmbedsCheck {
    private EmbedsCheck() {}

    /**
     * Checks embeddings of tokens.
     *
     * @param width of the UNet's cross attention
     * @param promptTokens how many tokens a prompt has
     */
    static void tokens(GenerateRequest r, int width, int promptTokens) {
        notBoth("prompts", !r.prompts().isEmpty(), "promptEmbeds", r.promptEmbeds());
        notBoth("prompts2", r.prompts2().isPresent(), "promptEmbeds", r.promptEmbeds());
        notBoth("clipSkip", r.clipSkip().isPresent(), "promptEmbeds", r.promptEmbeds());
        notBoth("negativePrompts", r.negativePrompts().isPresent(), "negativePromptEmbeds", r.negativePromptEmbeds());
        notBoth("negativePrompts2", r.negativePrompts2().isPresent(), "negativePromptEmbeds", r.negativePromptEmbeds());
        r.promptEmbeds().ifPresent(embeds -> positive(embeds, width));
        long tokens = r.tokens(promptTokens);
        r.negativePromptEmbeds().ifPresent(e -> shape("negativePromptEmbeds", e, r.promptCount(), tokens, width));
    }

    /** Checks pooled text, which a pipeline wants together with embeddings of tokens. {@code width}: that of the second text encoder. */
    static void pooled(GenerateRequest r, int width) {
        together("promptEmbeds", r.promptEmbeds(), "pooledPromptEmbeds", r.pooledPromptEmbeds());
        together(
                "negativePromptEmbeds",
                r.negativePromptEmbeds(),
                "negativePooledPromptEmbeds",
                r.negativePooledPromptEmbeds());
        r.pooledPromptEmbeds().ifPresent(e -> shape("pooledPromptEmbeds", e, r.promptCount(), width));
        r.negativePooledPromptEmbeds().ifPresent(e -> shape("negativePooledPromptEmbeds", e, r.promptCount(), width));
    }

    private static void positive(HostTensor embeds, int width) {
        long[] shape = embeds.shape().sizes();
        boolean fits = shape.length == 3 && shape[0] > 0 && shape[1] > 0 && shape[2] == width;
        if (!fits || !embeds.dtype().isFloat()) {
            throw new RequestException("promptEmbeds: got %s, wanted a floating type and [prompts,tokens,%d]"
                    .formatted(embeds.type(), width));
        }
    }

    private static void shape(String name, HostTensor embeds, long... wanted) {
        if (!Arrays.equals(embeds.shape().sizes(), wanted) || !embeds.dtype().isFloat()) {
            throw new RequestException("%s: got %s, wanted a floating type and %s"
                    .formatted(name, embeds.type(), Arrays.toString(wanted).replace(" ", "")));
        }
    }

    private static void notBoth(String name, boolean present, String embedsName, Optional<HostTensor> embeds) {
        if (present && embeds.isPresent()) {
            throw new RequestException("%s, %s: got both, wanted one of them".formatted(name, embedsName));
        }
    }

    private static void together(
            String name, Optional<HostTensor> embeds, String pooledName, Optional<HostTensor> pooled) {
        if (embeds.isPresent() != pooled.isPresent()) {
            throw new RequestException("%s, %s: got one of them, wanted both or none".formatted(name, pooledName));
        }
    }
}
