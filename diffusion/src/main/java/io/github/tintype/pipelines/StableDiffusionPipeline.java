package io.github.tintype.pipelines;

import io.github.tintype.capture.CompileOptions;
import io.github.tintype.capture.Compiler;
import io.github.tintype.capture.Explanation;
import io.github.tintype.capture.Prepared;
import io.github.tintype.runtime.Engine;
import io.github.tintype.schedulers.Scheduler;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.ModuleTree;
import io.github.tintype.trace.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

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
        return load(folder, () -> engine, options);
    }

    static StableDiffusionPipeline load(Path folder, Supplier<Engine> engine, LoadOptions options) {
        try (Components components = Components.open(folder, CLASS_NAME, options)) {
            TextModel text = components.textModel("tokenizer", PipelineComponent.TEXT_ENCODER);
            Networks networks = components.networks(text.width());
            Scheduler scheduler = components.scheduler();
            Compiler eager = new Compiler(engine.get(), options.listener());
            PromptEncoder textEncoder = new PromptEncoder(eager, text);
            TextToImage core = new TextToImage(eager, networks, false);
            return new StableDiffusionPipeline(
                    components.weights(List.of(core, textEncoder)), core, textEncoder, scheduler);
        }
    }

    @Override
    public GenerateResult generate(GenerateRequest request) {
        check(request);
        try (SharedWeights _ = weights.share()) {
            return core.generate(request, scheduler, DEFAULT_GUIDANCE_SCALE, this::condition, this::placeholders);
        }
    }

    @Override
    public MemoryNeed memory(GenerateRequest request) {
        check(request);
        try (SharedWeights _ = weights.share()) {
            return core.memory(
                    request,
                    DEFAULT_GUIDANCE_SCALE,
                    List.of(textEncoder.memory(request.promptCount())),
                    this::placeholders);
        }
    }

    @Override
    public List<Prepared> prepare(GenerateRequest request) {
        check(request);
        try (SharedWeights _ = weights.share()) {
            return core.prepare(request, DEFAULT_GUIDANCE_SCALE, this::placeholders);
        }
    }

    private Conditioning placeholders(GenerateRequest request, Size size, Guidance guidance) {
        return Conditioning.of(Conditioning.placeholder(
                core.dtype(),
                guidance.rows(request.batch()),
                request.tokens(textEncoder.tokens()),
                textEncoder.width()));
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
        RequestCheck.absent("pooledPromptEmbeds", r.pooledPromptEmbeds().isPresent(), CLASS_NAME);
        RequestCheck.absent(
                "negativePooledPromptEmbeds", r.negativePooledPromptEmbeds().isPresent(), CLASS_NAME);
        EmbedsCheck.tokens(r, textEncoder.width(), textEncoder.tokens());
        textEncoder.checkClipSkip(r.clipSkip(), 1);
    }

    private Conditioning condition(GenerateRequest request, Size size, Guidance guidance) {
        int images = request.numImagesPerPrompt();
        Tensor positive = request.promptEmbeds()
                .map(core::embeds)
                .orElseGet(() -> positive(request).to(core.dtype()));
        if (!guidance.active()) {
            return Conditioning.of(positive.repeatInterleave(0, images));
        }
        int tokens = Math.toIntExact(positive.shape().size(1));
        Tensor negative = request.negativePromptEmbeds()
                .map(core::embeds)
                .orElseGet(() -> negative(request, tokens).to(core.dtype()));
        return Conditioning.of(
                guidance.join(negative.repeatInterleave(0, images), positive.repeatInterleave(0, images)));
    }

    private Tensor positive(GenerateRequest request) {
        PromptEncoder.Encoded encoded = textEncoder.encode(request.prompts(), request.context());
        if (request.clipSkip().isEmpty()) {
            return encoded.last();
        }
        return textEncoder.finalLayerNorm(encoded.hiddenState(request.clipSkip().getAsInt() + 1), request.context());
    }

    private Tensor negative(GenerateRequest request, int tokens) {
        List<String> prompts = Prompts.forEach(request.negativePrompts().orElse(List.of("")), request.promptCount());
        return textEncoder.encode(prompts, tokens, request.context()).last();
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
    public StableDiffusionPipeline compile(PipelineComponent component, Compiler compiler, CompileOptions options) {
        return switch (component) {
            case UNET -> {
                TextToImage compiled = core.compileUnet(compiler, options);
                yield withCore(compiled, compiled.unet());
            }
            case VAE_DECODE -> {
                TextToImage compiled = core.compileVaeDecode(compiler, options);
                yield withCore(compiled, compiled.vaeDecode());
            }
            case TEXT_ENCODER -> {
                PromptEncoder compiled = textEncoder.compile(compiler, options);
                yield new StableDiffusionPipeline(weights.derive(compiled), core, compiled, scheduler);
            }
            case TEXT_ENCODER_2 -> throw new RequestException("compile: %s has no %s".formatted(CLASS_NAME, component));
        };
    }

    @Override
    public Set<PipelineComponent> components() {
        return EnumSet.complementOf(EnumSet.of(PipelineComponent.TEXT_ENCODER_2));
    }

    @Override
    public List<Module> modules(PipelineComponent component) {
        return switch (component) {
            case UNET -> ModuleTree.modules(core.unetModel());
            case VAE_DECODE -> ModuleTree.modules(core.vaeModel());
            case TEXT_ENCODER -> ModuleTree.modules(textEncoder.model());
            case TEXT_ENCODER_2 -> throw new RequestException("modules: %s has no %s".formatted(CLASS_NAME, component));
        };
    }

    @Override
    public StableDiffusionPipeline with(PipelineComponent component, ModelChange change) {
        return switch (component) {
            case UNET -> {
                TextToImage changed = core.withUnet(change);
                yield withCore(changed, changed.unet());
            }
            case VAE_DECODE -> {
                TextToImage changed = core.withVae(change);
                yield withCore(changed, changed.vaeDecode());
            }
            case TEXT_ENCODER -> {
                PromptEncoder changed = textEncoder.with(change);
                yield new StableDiffusionPipeline(weights.derive(changed), core, changed, scheduler);
            }
            case TEXT_ENCODER_2 -> throw new RequestException("modules: %s has no %s".formatted(CLASS_NAME, component));
        };
    }

    private StableDiffusionPipeline withCore(TextToImage compiled, AutoCloseable own) {
        return new StableDiffusionPipeline(weights.derive(own), compiled, textEncoder, scheduler);
    }

    @Override
    public List<Explanation> explain() {
        List<Explanation> all = new ArrayList<>(List.of(textEncoder.explain()));
        all.addAll(core.explain());
        return all;
    }

    @Override
    public void close() {
        weights.close();
    }
}
