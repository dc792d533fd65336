package io.github.tintype.pipelines;

import io.github.tintype.runtime.Engine;
import io.github.tintype.schedulers.Scheduler;
import io.github.tintype.trace.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Stable Diffusion XL: two CLIP text encoders (or the second alone), pooled text and sizes as further conditioning.
 *
 * <p>Source: diffusers pipelines/stable_diffusion_xl/pipeline_stable_diffusion_xl.py (without watermark).
 */
public final class StableDiffusionXLPipeline implements DiffusionPipeline {
    static final String CLASS_NAME = "StableDiffusionXLPipeline";
    private static final double DEFAULT_GUIDANCE_SCALE = 5;

    private final SharedWeights weights;
    private final TextToImage core;
    private final Optional<PromptEncoder> textEncoder;
    private final PromptEncoder textEncoder2;
    private final SizeConditioning sizes;
    private final boolean forceZerosForEmptyPrompt;
    private final Scheduler scheduler;

    private StableDiffusionXLPipeline(
            SharedWeights weights,
            TextToImage core,
            Optional<PromptEncoder> textEncoder,
            PromptEncoder textEncoder2,
            SizeConditioning sizes,
            boolean forceZerosForEmptyPrompt,
            Scheduler scheduler) {
        this.weights = weights;
        this.core = core;
        this.textEncoder = textEncoder;
        this.textEncoder2 = textEncoder2;
        this.sizes = sizes;
        this.forceZerosForEmptyPrompt = forceZerosForEmptyPrompt;
        this.scheduler = scheduler;
    }

    /** Opens a folder of this kind. @throws io.github.tintype.io.ModelFormatException if it is damaged or of another kind */
    public static StableDiffusionXLPipeline load(Path folder, Engine engine, LoadOptions options) {
        try (Components components = Components.open(folder, CLASS_NAME, engine, options)) {
            Optional<PromptEncoder> first = components.has("text_encoder")
                    ? Optional.of(components.textEncoder("tokenizer", "text_encoder"))
                    : Optional.empty();
            PromptEncoder second = components.textEncoderWithProjection("tokenizer_2", "text_encoder_2");
            int width = first.map(PromptEncoder::width).orElse(0) + second.width();
            TextToImage core = components.core(width, true);
            SizeConditioning sizes = components.sizes(second.pooledWidth());
            boolean forceZeros = components.flag("force_zeros_for_empty_prompt", true);
            Scheduler scheduler = components.scheduler();
            List<AutoCloseable> users = new ArrayList<>(List.of(core, second));
            first.ifPresent(users::add);
            return new StableDiffusionXLPipeline(
                    components.weights(users), core, first, second, sizes, forceZeros, scheduler);
        }
    }

    @Override
    public GenerateResult generate(GenerateRequest request) {
        check(request);
        try (SharedWeights _ = weights.share()) {
            return core.generate(request, scheduler, DEFAULT_GUIDANCE_SCALE, this::condition);
        }
    }

    private void check(GenerateRequest r) {
        RequestCheck.perPrompt("prompts2", r.prompts2(), r.prompts().size());
        RequestCheck.perPrompt(
                "negativePrompts2", r.negativePrompts2(), r.prompts().size());
        if (r.denoisingEnd().isPresent()) {
            RequestCheck.inRange("denoisingEnd", r.denoisingEnd().getAsDouble(), 0, 1);
        }
        sizes.check(r);
        textEncoder.ifPresent(encoder -> encoder.checkClipSkip(r.clipSkip(), 2));
        textEncoder2.checkClipSkip(r.clipSkip(), 2);
    }

    private Conditioning condition(GenerateRequest request, Size size, Guidance guidance) {
        int images = request.numImagesPerPrompt();
        // the last block of a text encoder is left out, and with clipSkip further ones of the positive prompt
        Text positive = encode(
                request,
                request.prompts(),
                request.prompts2(),
                2 + request.clipSkip().orElse(0));
        Tensor embeds = positive.embeds().repeatInterleave(0, images);
        Tensor pooled = positive.pooled().repeatInterleave(0, images);
        if (guidance.active()) {
            Text negative = negative(request, positive);
            embeds = guidance.join(negative.embeds().repeatInterleave(0, images), embeds);
            pooled = guidance.join(negative.pooled().repeatInterleave(0, images), pooled);
        }
        return Conditioning.of(embeds, pooled, core.tensor(sizes.rows(request, size, guidance)));
    }

    private Text negative(GenerateRequest request, Text positive) {
        if (request.negativePrompts().isEmpty() && forceZerosForEmptyPrompt) {
            return new Text(zeros(positive.embeds()), zeros(positive.pooled()));
        }
        List<String> prompts = request.negativePrompts().orElse(List.of(""));
        return encode(request, prompts, request.negativePrompts2(), 2);
    }

    private Text encode(GenerateRequest request, List<String> prompts, Optional<List<String>> prompts2, int fromEnd) {
        List<String> first = Prompts.forEach(prompts, request.prompts());
        List<String> second = Prompts.forEach(Prompts.second(prompts2, prompts), request.prompts());
        List<Tensor> embeds = new ArrayList<>();
        textEncoder.ifPresent(
                encoder -> embeds.add(encoder.encode(first, request.context()).hiddenState(fromEnd)));
        PromptEncoder.Encoded encoded = textEncoder2.encode(second, request.context());
        embeds.add(encoded.hiddenState(fromEnd));
        return new Text(Tensor.cat(-1, embeds), encoded.pooled());
    }

    private static Tensor zeros(Tensor like) {
        return Tensor.full(like.type(), 0);
    }

    /** Embeddings [b,t,width] and pooled text [b,width] of one side of the guidance. */
    private record Text(Tensor embeds, Tensor pooled) {}

    @Override
    public Scheduler scheduler() {
        return scheduler;
    }

    @Override
    public StableDiffusionXLPipeline withScheduler(Scheduler other) {
        return new StableDiffusionXLPipeline(
                weights.share(), core, textEncoder, textEncoder2, sizes, forceZerosForEmptyPrompt, other);
    }

    @Override
    public void close() {
        weights.close();
    }
}
