package io.github.tintype.pipelines;

import io.github.tintype.capture.CompileOptions;
import io.github.tintype.capture.Compiler;
import io.github.tintype.capture.Explanation;
import io.github.tintype.capture.Prepared;
import io.github.tintype.runtime.Engine;
import io.github.tintype.schedulers.Scheduler;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.ModuleTree;
import io.github.tintype.trace.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

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
        return load(folder, () -> engine, options);
    }

    static StableDiffusionXLPipeline load(Path folder, Supplier<Engine> engine, LoadOptions options) {
        try (Components components = Components.open(folder, CLASS_NAME, options)) {
            Optional<TextModel> text = components.has("text_encoder")
                    ? Optional.of(components.textModel("tokenizer", PipelineComponent.TEXT_ENCODER))
                    : Optional.empty();
            TextModel text2 = components.textModelWithProjection("tokenizer_2", PipelineComponent.TEXT_ENCODER_2);
            int width = text.map(TextModel::width).orElse(0) + text2.width();
            Networks networks = components.networks(width);
            SizeConditioning sizes = components.sizes(text2.pooledWidth());
            boolean forceZeros = components.flag("force_zeros_for_empty_prompt", true);
            Scheduler scheduler = components.scheduler();
            Compiler eager = new Compiler(engine.get(), options.listener());
            Optional<PromptEncoder> first = text.map(model -> new PromptEncoder(eager, model));
            PromptEncoder second = new PromptEncoder(eager, text2);
            TextToImage core = new TextToImage(eager, networks, true);
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
            return core.generate(request, scheduler, DEFAULT_GUIDANCE_SCALE, this::condition, this::placeholders);
        }
    }

    @Override
    public MemoryNeed memory(GenerateRequest request) {
        check(request);
        try (SharedWeights _ = weights.share()) {
            List<MemoryNeed.Part> encoders = new ArrayList<>();
            textEncoder.ifPresent(encoder -> encoders.add(encoder.memory(request.promptCount())));
            encoders.add(textEncoder2.memory(request.promptCount()));
            return core.memory(request, DEFAULT_GUIDANCE_SCALE, encoders, this::placeholders);
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
        int rows = guidance.rows(request.batch());
        return Conditioning.of(
                Conditioning.placeholder(core.dtype(), rows, request.tokens(textEncoder2.tokens()), width()),
                Conditioning.placeholder(core.dtype(), rows, textEncoder2.pooledWidth()),
                Conditioning.placeholder(
                        core.dtype(),
                        sizes.rows(request, size, guidance).shape().sizes()));
    }

    private int width() {
        return textEncoder.map(PromptEncoder::width).orElse(0) + textEncoder2.width();
    }

    private void check(GenerateRequest r) {
        EmbedsCheck.tokens(r, width(), textEncoder2.tokens());
        EmbedsCheck.pooled(r, textEncoder2.pooledWidth());
        RequestCheck.perPrompt("prompts2", r.prompts2(), r.promptCount());
        RequestCheck.perPrompt("negativePrompts2", r.negativePrompts2(), r.promptCount());
        if (r.denoisingEnd().isPresent()) {
            RequestCheck.inRange("denoisingEnd", r.denoisingEnd().getAsDouble(), Double.MIN_VALUE, 1);
        }
        sizes.check(r);
        textEncoder.ifPresent(encoder -> encoder.checkClipSkip(r.clipSkip(), 2));
        textEncoder2.checkClipSkip(r.clipSkip(), 2);
    }

    private Conditioning condition(GenerateRequest request, Size size, Guidance guidance) {
        int images = request.numImagesPerPrompt();
        Text positive =
                given(request.promptEmbeds(), request.pooledPromptEmbeds()).orElseGet(() -> positive(request));
        Tensor embeds = positive.embeds().repeatInterleave(0, images);
        Tensor pooled = positive.pooled().repeatInterleave(0, images);
        if (guidance.active()) {
            Text negative = given(request.negativePromptEmbeds(), request.negativePooledPromptEmbeds())
                    .orElseGet(() -> negative(request, positive));
            embeds = guidance.join(negative.embeds().repeatInterleave(0, images), embeds);
            pooled = guidance.join(negative.pooled().repeatInterleave(0, images), pooled);
        }
        return Conditioning.of(embeds, pooled, core.tensor(sizes.rows(request, size, guidance)));
    }

    private Optional<Text> given(Optional<HostTensor> embeds, Optional<HostTensor> pooled) {
        return embeds.flatMap(e -> pooled.map(p -> new Text(core.embeds(e), core.embeds(p))));
    }

    /** The last block of a text encoder is left out, and with clipSkip further ones. */
    private Text positive(GenerateRequest request) {
        int fromEnd = 2 + request.clipSkip().orElse(0);
        return encode(request, request.prompts(), request.prompts2(), fromEnd, textEncoder2.tokens());
    }

    private Text negative(GenerateRequest request, Text positive) {
        if (request.negativePrompts().isEmpty() && forceZerosForEmptyPrompt) {
            return new Text(zeros(positive.embeds()), zeros(positive.pooled()));
        }
        List<String> prompts = request.negativePrompts().orElse(List.of(""));
        int tokens = Math.toIntExact(positive.embeds().shape().size(1));
        return encode(request, prompts, request.negativePrompts2(), 2, tokens);
    }

    private Text encode(
            GenerateRequest request, List<String> prompts, Optional<List<String>> prompts2, int fromEnd, int tokens) {
        List<String> first = Prompts.forEach(prompts, request.promptCount());
        List<String> second = Prompts.forEach(Prompts.second(prompts2, prompts), request.promptCount());
        List<Tensor> embeds = new ArrayList<>();
        textEncoder.ifPresent(encoder ->
                embeds.add(ours(encoder.encode(first, tokens, request.context()).hiddenState(fromEnd))));
        PromptEncoder.Encoded encoded = textEncoder2.encode(second, tokens, request.context());
        embeds.add(ours(encoded.hiddenState(fromEnd)));
        return new Text(Tensor.cat(-1, embeds), ours(encoded.pooled()));
    }

    /* Text encoders may compute in other types than the UNet. */
    private Tensor ours(Tensor text) {
        return text.to(core.dtype());
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
    public StableDiffusionXLPipeline compile(PipelineComponent component, Compiler compiler, CompileOptions options) {
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
                PromptEncoder compiled = first("compile").compile(compiler, options);
                yield derive(compiled, core, Optional.of(compiled), textEncoder2);
            }
            case TEXT_ENCODER_2 -> {
                PromptEncoder compiled = textEncoder2.compile(compiler, options);
                yield derive(compiled, core, textEncoder, compiled);
            }
        };
    }

    @Override
    public Set<PipelineComponent> components() {
        return textEncoder.isPresent()
                ? EnumSet.allOf(PipelineComponent.class)
                : EnumSet.complementOf(EnumSet.of(PipelineComponent.TEXT_ENCODER));
    }

    @Override
    public List<Module> modules(PipelineComponent component) {
        return switch (component) {
            case UNET -> ModuleTree.modules(core.unetModel());
            case VAE_DECODE -> ModuleTree.modules(core.vaeModel());
            case TEXT_ENCODER -> ModuleTree.modules(first("modules").model());
            case TEXT_ENCODER_2 -> ModuleTree.modules(textEncoder2.model());
        };
    }

    @Override
    public StableDiffusionXLPipeline with(PipelineComponent component, ModelChange change) {
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
                PromptEncoder changed = first("modules").with(change);
                yield derive(changed, core, Optional.of(changed), textEncoder2);
            }
            case TEXT_ENCODER_2 -> {
                PromptEncoder changed = textEncoder2.with(change);
                yield derive(changed, core, textEncoder, changed);
            }
        };
    }

    private PromptEncoder first(String wanted) {
        return textEncoder.orElseThrow(() ->
                new RequestException("%s: this pipeline has no %s".formatted(wanted, PipelineComponent.TEXT_ENCODER)));
    }

    private StableDiffusionXLPipeline withCore(TextToImage compiled, AutoCloseable own) {
        return derive(own, compiled, textEncoder, textEncoder2);
    }

    private StableDiffusionXLPipeline derive(
            AutoCloseable own, TextToImage newCore, Optional<PromptEncoder> encoder, PromptEncoder encoder2) {
        return new StableDiffusionXLPipeline(
                weights.derive(own), newCore, encoder, encoder2, sizes, forceZerosForEmptyPrompt, scheduler);
    }

    @Override
    public List<Explanation> explain() {
        List<Explanation> all = new ArrayList<>();
        textEncoder.ifPresent(encoder -> all.add(encoder.explain()));
        all.add(textEncoder2.explain());
        all.addAll(core.explain());
        return all;
    }

    @Override
    public void close() {
        weights.close();
    }
}
