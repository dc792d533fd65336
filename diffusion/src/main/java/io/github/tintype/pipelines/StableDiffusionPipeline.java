package io.github.tintype.pipelines;

import io.github.tintype.runtime.Engine;
import io.github.tintype.schedulers.Scheduler;
import io.github.tintype.trace.Tensor;
import java.nio.file.Path;
import java.util.List;

/**
 * Stable Diffusion 1.x and 2.x: one CLIP text encoder.
 *
 * <p>Source: diffusers pipelines/stable_diffusion/pipeline_stable_diffusion.py (text-to-image, without safety checker).
 */
public final class StableDiffusionPipeline implements DiffusionPipeline {
    static final String CLASS_NAME = "StableDiffusionPipeline";
    private static final double DEFAULT_GUIDANCE_SCALE = 7.5;

    private final SharedWeights weights;
    private final TextToImage core;
    private final PromptEncoder textEncoder;
    private final Scheduler scheduler;

    private StableDiffusionPipeline(
            SharedWeights weights, TextToImage core, PromptEncoder textEncoder, Scheduler scheduler) {
        this.weights = weights;
        this.core = core;
        this.textEncoder = textEncoder;
        this.scheduler = scheduler;
    }

    /** Opens a folder of this kind. @throws io.github.tintype.io.ModelFormatException if it is damaged or of another kind */
    public static StableDiffusionPipeline load(Path folder, Engine engine, LoadOptions options) {
        try (Components components = Components.open(folder, CLASS_NAME, engine, options)) {
            PromptEncoder textEncoder = components.textEncoder("tokenizer", "text_encoder");
            TextToImage core = components.core(textEncoder.width(), false);
            Scheduler scheduler = components.scheduler();
            return new StableDiffusionPipeline(
                    components.weights(List.of(core, textEncoder)), core, textEncoder, scheduler);
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
        RequestCheck.absent("prompts2", r.prompts2().isPresent(), CLASS_NAME);
        RequestCheck.absent("negativePrompts2", r.negativePrompts2().isPresent(), CLASS_NAME);
        RequestCheck.absent("denoisingEnd", r.denoisingEnd().isPresent(), CLASS_NAME);
        RequestCheck.absent("originalSize", r.originalSize().isPresent(), CLASS_NAME);
        RequestCheck.absent("targetSize", r.targetSize().isPresent(), CLASS_NAME);
        RequestCheck.absent("cropsCoordsTopLeft", !r.cropsCoordsTopLeft().equals(CropCoordinates.ZERO), CLASS_NAME);
        RequestCheck.absent("negativeOriginalSize", r.negativeOriginalSize().isPresent(), CLASS_NAME);
        RequestCheck.absent("negativeTargetSize", r.negativeTargetSize().isPresent(), CLASS_NAME);
        RequestCheck.absent(
                "negativeCropsCoordsTopLeft", !r.negativeCropsCoordsTopLeft().equals(CropCoordinates.ZERO), CLASS_NAME);
        RequestCheck.absent("aestheticScore", r.aestheticScore().isPresent(), CLASS_NAME);
        RequestCheck.absent("negativeAestheticScore", r.negativeAestheticScore().isPresent(), CLASS_NAME);
        textEncoder.checkClipSkip(r.clipSkip(), 1);
    }

    private Conditioning condition(GenerateRequest request, Size size, Guidance guidance) {
        int images = request.numImagesPerPrompt();
        PromptEncoder.Encoded encoded = textEncoder.encode(request.prompts(), request.context());
        Tensor positive = request.clipSkip().isPresent()
                ? textEncoder.finalLayerNorm(
                        encoded.hiddenState(request.clipSkip().getAsInt() + 1), request.context())
                : encoded.last();
        positive = positive.repeatInterleave(0, images);
        if (!guidance.active()) {
            return Conditioning.of(positive);
        }
        List<String> prompts = Prompts.forEach(request.negativePrompts().orElse(List.of("")), request.prompts());
        Tensor negative = textEncoder.encode(prompts, request.context()).last().repeatInterleave(0, images);
        return Conditioning.of(guidance.join(negative, positive));
    }

    @Override
    public Scheduler scheduler() {
        return scheduler;
    }

    @Override
    public StableDiffusionPipeline withScheduler(Scheduler other) {
        return new StableDiffusionPipeline(weights.share(), core, textEncoder, other);
    }

    @Override
    public void close() {
        weights.close();
    }
}
