package io.github.tintype.pipelines;

import io.github.tintype.io.Checkpoint;
import io.github.tintype.io.Component;
import io.github.tintype.io.ConfigNode;
import io.github.tintype.io.DiffusersVersion;
import io.github.tintype.io.ModelFolder;
import io.github.tintype.io.ModelFormatException;
import io.github.tintype.models.KnownKeys;
import io.github.tintype.models.attention.FusibleAttention;
import io.github.tintype.models.clip.CLIPTextConfig;
import io.github.tintype.models.clip.CLIPTextModel;
import io.github.tintype.models.clip.CLIPTextModelWithProjection;
import io.github.tintype.models.unet.UNet2DConditionConfig;
import io.github.tintype.models.unet.UNet2DConditionModel;
import io.github.tintype.models.vae.AutoencoderKL;
import io.github.tintype.models.vae.AutoencoderKLConfig;
import io.github.tintype.nn.Weights;
import io.github.tintype.quantization.ChosenLayers;
import io.github.tintype.quantization.LayerChange;
import io.github.tintype.schedulers.Scheduler;
import io.github.tintype.schedulers.Schedulers;
import io.github.tintype.tokenizers.CLIPTokenizer;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.ModuleTree;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Loads the components of one folder and checks that they fit each other. The weight files it opens belong to {@link #weights} once
 * that is called; without it, {@link #close} closes them, so that a failed load leaves nothing open.
 */
final class Components implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Components.class.getName());

    private final ModelFolder folder;
    private final LoadOptions options;
    private final Map<String, Checkpoint> open = new LinkedHashMap<>();

    private Components(ModelFolder folder, LoadOptions options) {
        this.folder = folder;
        this.options = options;
    }

    static Components open(Path path, String className, LoadOptions options) {
        ModelFolder folder = ModelFolder.open(path);
        if (!folder.className().equals(className)) {
            throw folder.options().wrong("_class_name", className);
        }
        folder.options()
                .optionalString("_diffusers_version")
                .flatMap(DiffusersVersion::parse)
                .filter(version -> version.compareTo(DiffusersVersion.FOLLOWED) > 0)
                .ifPresent(version -> LOG.log(
                        System.Logger.Level.WARNING,
                        "model_index.json: written by diffusers {0}; what is newer than {1} is not known here",
                        version,
                        DiffusersVersion.FOLLOWED));
        options.dtypes()
                .requireAmong(Arrays.stream(PipelineComponent.values())
                        .map(PipelineComponent::folder)
                        .filter(folder.components()::contains)
                        .toList());
        return new Components(folder, options);
    }

    boolean has(String component) {
        return folder.component(component).isPresent();
    }

    boolean flag(String option, boolean otherwise) {
        return folder.options().getBoolean(option, otherwise);
    }

    Scheduler scheduler() {
        String className = folder.require("scheduler").className();
        ConfigNode config = folder.config("scheduler");
        warnOf(Schedulers.unknownKeys(className, config), config);
        return Schedulers.fromConfig(className, config);
    }

    TextModel textModel(String tokenizer, PipelineComponent component) {
        CLIPTextConfig config = CLIPTextConfig.parse(folder.config(component.toString()));
        return textModel(tokenizer, component, config, load(component.toString(), w -> CLIPTextModel.load(w, config)));
    }

    TextModel textModelWithProjection(String tokenizer, PipelineComponent component) {
        CLIPTextConfig config = CLIPTextConfig.parse(folder.config(component.toString()));
        return textModel(
                tokenizer,
                component,
                config,
                load(component.toString(), w -> CLIPTextModelWithProjection.load(w, config)));
    }

    private TextModel textModel(String tokenizer, PipelineComponent component, CLIPTextConfig config, Module model) {
        String name = component.toString();
        return new TextModel(component, tokenizer(tokenizer, name, config), model, config, suspicion(name));
    }

    private CLIPTokenizer tokenizer(String name, String textEncoder, CLIPTextConfig config) {
        Component component = folder.require(name);
        CLIPTokenizer tokenizer = CLIPTokenizer.load(component.folder());
        if (tokenizer.size() > config.vocabSize()) {
            throw new ModelFormatException("%s: got token ids up to %d, wanted ids below %d, the vocab_size of %s"
                    .formatted(name, tokenizer.size() - 1, config.vocabSize(), textEncoder));
        }
        return tokenizer;
    }

    /** UNet and VAE. {@code textWidth}: width of the prompt's embeddings, which the UNet must want. */
    Networks networks(int textWidth) {
        ConfigNode unetNode = folder.config("unet");
        ConfigNode vaeNode = folder.config("vae");
        warnOf(KnownKeys.UNET_2D_CONDITION_MODEL.unknown(unetNode), unetNode);
        warnOf(KnownKeys.AUTOENCODER_KL.unknown(vaeNode), vaeNode);
        UNet2DConditionConfig config = UNet2DConditionConfig.parse(unetNode);
        AutoencoderKLConfig vaeConfig = AutoencoderKLConfig.parse(vaeNode);
        if (config.crossAttentionDim().stream().anyMatch(width -> width != textWidth)) {
            throw new ModelFormatException("%s: cross_attention_dim: got %s, wanted %d, the width of the text encoders"
                    .formatted(unetNode.where(), config.crossAttentionDim(), textWidth));
        }
        if (config.inChannels() != vaeConfig.latentChannels()) {
            throw new ModelFormatException("%s: in_channels: got %d, wanted %d, the latent_channels of the VAE"
                    .formatted(unetNode.where(), config.inChannels(), vaeConfig.latentChannels()));
        }
        UNet2DConditionModel unet = load("unet", w -> UNet2DConditionModel.load(w, config));
        AutoencoderKL vae = load("vae", w -> AutoencoderKL.load(w, vaeConfig));
        return new Networks(unet, suspicion("unet"), vae, suspicion("vae"));
    }

    /** How the UNet wants sizes, seen from the width of its second input. {@code pooledWidth}: that of the pooled text. */
    SizeConditioning sizes(int pooledWidth) {
        ConfigNode node = folder.config("unet");
        UNet2DConditionConfig.TextTime textTime = UNet2DConditionConfig.parse(node)
                .textTime()
                .orElseThrow(() -> node.wrong("addition_embed_type", "text_time"));
        int ids = textTime.projectionClassEmbeddingsInputDim() - pooledWidth;
        if (ids != 5 * textTime.additionTimeEmbedDim() && ids != 6 * textTime.additionTimeEmbedDim()) {
            throw new ModelFormatException(
                    "%s: projection_class_embeddings_input_dim: got %d, wanted %d (pooled text) plus 6 (or 5) times %d"
                            .formatted(
                                    node.where(),
                                    textTime.projectionClassEmbeddingsInputDim(),
                                    pooledWidth,
                                    textTime.additionTimeEmbedDim()));
        }
        return new SizeConditioning(ids == 5 * textTime.additionTimeEmbedDim());
    }

    private static void warnOf(List<String> unknownKeys, ConfigNode config) {
        if (!unknownKeys.isEmpty()) {
            LOG.log(System.Logger.Level.WARNING, "{0}: ignored unknown keys: {1}", config.where(), unknownKeys);
        }
    }

    /** Why {@code component} may have given values that aren't finite, for the end of a message; looked for when it is asked. */
    private Supplier<String> suspicion(String component) {
        Checkpoint checkpoint = Objects.requireNonNull(open.get(component));
        return () -> checkpoint
                .firstNotFinite()
                .map(weight -> "; its weight %s isn't finite either".formatted(weight))
                .orElse("");
    }

    private <M> M load(String component, Function<Weights, M> build) {
        Checkpoint checkpoint = folder.checkpoint(component, options.variant());
        open.put(component, checkpoint);
        M loaded = Weights.load(checkpoint, options.dtypes().of(component), build);
        M model = options.fuseQkv() ? ModuleTree.map(loaded, FusibleAttention.fuse()) : loaded;
        LayerChange quantization = options.quantization().get(component);
        return quantization == null ? model : quantization.apply(model);
    }

    /** The files opened so far, and what runs with them: from now on theirs to close. */
    SharedWeights weights(List<? extends AutoCloseable> users) {
        checkQuantization();
        List<AutoCloseable> closing = new ArrayList<>(users);
        closing.addAll(open.values());
        SharedWeights weights = SharedWeights.of(closing);
        open.clear();
        return weights;
    }

    private void checkQuantization() {
        options.quantization().keySet().stream()
                .filter(component -> !open.containsKey(component))
                .sorted()
                .findFirst()
                .ifPresent(component -> {
                    throw new RequestException(
                            options.quantization().get(component) instanceof ChosenLayers chosen
                                    ? "%s: got a component that the model hasn't, wanted one of %s"
                                            .formatted(chosen.where(), open.keySet())
                                    : "quantisation: got component \"%s\", wanted one of %s"
                                            .formatted(component, open.keySet()));
                });
    }

    @Override
    public void close() {
        open.values().forEach(Checkpoint::close);
    }
}
