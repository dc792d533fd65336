package io.github.tintype.benchmark;

import io.github.tintype.models.clip.CLIPTextConfig;
import io.github.tintype.models.clip.CLIPTextModel;
import io.github.tintype.models.clip.CLIPTextModelWithProjection;
import io.github.tintype.models.unet.UNet2DConditionConfig;
import io.github.tintype.models.unet.UNet2DConditionModel;
import io.github.tintype.models.vae.AutoencoderKL;
import io.github.tintype.models.vae.AutoencoderKLConfig;
import io.github.tintype.nn.Weights;
import io.github.tintype.random.TorchGenerator;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.trace.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** What can be timed: a component of a checkpoint of true size, and inputs for it. */
public enum BenchmarkModel {
    TINY_UNET(TrueSize.TINY, "unet"),
    TINY_VAE_DECODE(TrueSize.TINY, "vae"),
    SD15_UNET(TrueSize.SD15, "unet"),
    SD15_VAE_DECODE(TrueSize.SD15, "vae"),
    SD15_TEXT_ENCODER(TrueSize.SD15, "text_encoder"),
    SDXL_UNET(TrueSize.SDXL, "unet"),
    SDXL_VAE_DECODE(TrueSize.SDXL, "vae"),
    SDXL_TEXT_ENCODER(TrueSize.SDXL, "text_encoder"),
    SDXL_TEXT_ENCODER_2(TrueSize.SDXL, "text_encoder_2");

    /** Of a prompt, as CLIP pads it. */
    static final int TOKENS = 77;

    /* Among the inputs of a UNet. */
    private static final int TIMESTEP = 1;

    private final TrueSize checkpoint;
    private final String component;

    BenchmarkModel(TrueSize checkpoint, String component) {
        this.checkpoint = checkpoint;
        this.component = component;
    }

    /** As the command line spells it, e.g. {@code sd15-vae-decode}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The checkpoint that it is a component of. */
    public TrueSize checkpoint() {
        return checkpoint;
    }

    /** The one of this label, if there is one. */
    public static Optional<BenchmarkModel> find(String label) {
        return Arrays.stream(values())
                .filter(model -> model.label().equals(label))
                .findFirst();
    }

    /** All labels, for messages. */
    public static String labels() {
        return Arrays.stream(values()).map(BenchmarkModel::label).collect(Collectors.joining(", "));
    }

    /** A component of a checkpoint. @throws IllegalArgumentException if it has no such one */
    public static BenchmarkModel of(TrueSize checkpoint, String component) {
        return Arrays.stream(values())
                .filter(model -> model.checkpoint == checkpoint && model.component.equals(component))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "true size: got %s, wanted a component of %s".formatted(component, checkpoint)));
    }

    /** Noise, timestep and text, for SDXL also its second conditioning, to the prediction. */
    public static List<Tensor> call(UNet2DConditionModel unet, List<Tensor> in) {
        return List.of(unet.call(new UNet2DConditionModel.Input(
                in.get(0),
                in.get(1),
                in.get(2),
                in.size() == 3
                        ? Optional.empty()
                        : Optional.of(new UNet2DConditionModel.AddedCond(in.get(3), in.get(4))))));
    }

    /** The forward with these weights, from {@link #inputs} to its outputs. */
    public UnaryOperator<List<Tensor>> forward(Weights weights) {
        return forward(weights, ModelForm.PLAIN);
    }

    /** The same of a model in some form. */
    public UnaryOperator<List<Tensor>> forward(Weights weights, ModelForm form) {
        return switch (this) {
            case TINY_UNET, SD15_UNET, SDXL_UNET -> {
                UNet2DConditionModel unet = form.of(UNet2DConditionModel.load(weights, unetConfig()));
                yield in -> call(unet, in);
            }
            case TINY_VAE_DECODE, SD15_VAE_DECODE, SDXL_VAE_DECODE -> {
                AutoencoderKL vae = form.of(AutoencoderKL.load(weights, vaeConfig()));
                yield in -> List.of(vae.decode(in.getFirst()));
            }
            case SD15_TEXT_ENCODER, SDXL_TEXT_ENCODER -> {
                CLIPTextModel text = form.of(CLIPTextModel.load(weights, textConfig()));
                yield in -> List.of(
                        text.call(new CLIPTextModel.Input(in.getFirst())).lastHiddenState());
            }
            case SDXL_TEXT_ENCODER_2 -> {
                CLIPTextModelWithProjection text = form.of(CLIPTextModelWithProjection.load(weights, textConfig()));
                yield in -> List.of(
                        text.call(new CLIPTextModel.Input(in.getFirst())).textEmbeds());
            }
        };
    }

    private UNet2DConditionConfig unetConfig() {
        return UNet2DConditionConfig.parse(checkpoint.config(component));
    }

    private AutoencoderKLConfig vaeConfig() {
        return AutoencoderKLConfig.parse(checkpoint.config(component));
    }

    private CLIPTextConfig textConfig() {
        return CLIPTextConfig.parse(checkpoint.config(component));
    }

    /** Whether a picture's size changes what it computes: a text encoder has 77 tokens, whatever is drawn. */
    public boolean hasSize() {
        return switch (this) {
            case TINY_UNET, SD15_UNET, SDXL_UNET, TINY_VAE_DECODE, SD15_VAE_DECODE, SDXL_VAE_DECODE -> true;
            case SD15_TEXT_ENCODER, SDXL_TEXT_ENCODER, SDXL_TEXT_ENCODER_2 -> false;
        };
    }

    /** Side in pixels of the pictures that its checkpoint was trained on. */
    public int ownSize() {
        return switch (checkpoint) {
            case TINY -> 128;
            case SD15 -> 512;
            case SDXL -> 1024;
        };
    }

    /** Classes of the blocks that it repeats, for regional compilation; none if it declares none. */
    public List<String> repeatedBlocks() {
        return switch (this) {
            case TINY_UNET, SD15_UNET, SDXL_UNET -> List.of("BasicTransformerBlock");
            case TINY_VAE_DECODE,
                    SD15_VAE_DECODE,
                    SDXL_VAE_DECODE,
                    SD15_TEXT_ENCODER,
                    SDXL_TEXT_ENCODER,
                    SDXL_TEXT_ENCODER_2 -> List.of();
        };
    }

    /** Inputs for a model in some form: floats in its type, but for the timestep. */
    public List<HostTensor> inputs(int width, int height, int batch, ModelForm form) {
        List<HostTensor> inputs = new ArrayList<>();
        for (HostTensor input : inputs(width, height, batch)) {
            boolean timestep = hasTimestep() && inputs.size() == TIMESTEP;
            inputs.add(input.dtype().isFloat() && !timestep ? input.to(form.dtype()) : input);
        }
        return inputs;
    }

    private boolean hasTimestep() {
        return switch (this) {
            case TINY_UNET, SD15_UNET, SDXL_UNET -> true;
            default -> false;
        };
    }

    /** Inputs for {@code batch} pictures of {@code width} × {@code height} pixels, multiples of 8. */
    public List<HostTensor> inputs(int width, int height, int batch) {
        TorchGenerator noise = new TorchGenerator(0);
        return switch (this) {
            case TINY_UNET, SD15_UNET, SDXL_UNET -> unetInputs(noise, width, height, batch);
            case TINY_VAE_DECODE, SD15_VAE_DECODE, SDXL_VAE_DECODE -> {
                AutoencoderKLConfig config = vaeConfig();
                int scale = config.scaleFactor();
                yield List.of(noise.randn(batch, config.latentChannels(), height / scale, width / scale));
            }
            case SD15_TEXT_ENCODER, SDXL_TEXT_ENCODER, SDXL_TEXT_ENCODER_2 ->
                List.of(noise.randint(0, textConfig().vocabSize(), batch, TOKENS));
        };
    }

    private List<HostTensor> unetInputs(TorchGenerator noise, int width, int height, int batch) {
        UNet2DConditionConfig config = unetConfig();
        List<HostTensor> inputs = new ArrayList<>(List.of(
                noise.randn(batch, config.inChannels(), height / 8, width / 8),
                HostTensor.ofFloats(new float[] {601}, 1),
                noise.randn(batch, TOKENS, config.crossAttentionDim().getFirst())));
        config.textTime().ifPresent(added -> {
            int ids = 6;
            inputs.add(
                    noise.randn(batch, added.projectionClassEmbeddingsInputDim() - ids * added.additionTimeEmbedDim()));
            float[] sizes = new float[batch * ids];
            float[] one = {height, width, 0, 0, height, width};
            for (int i = 0; i < sizes.length; i++) {
                sizes[i] = one[i % ids];
            }
            inputs.add(HostTensor.ofFloats(sizes, batch, ids));
        });
        return inputs;
    }
}
