package io.github.tintype.bench;

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
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** What can be timed: a component of a checkpoint of true size, and inputs for it. */
enum BenchmarkModel {
    SD15_UNET(TrueSize.SD15, "unet"),
    SD15_VAE_DECODE(TrueSize.SD15, "vae"),
    SD15_TEXT_ENCODER(TrueSize.SD15, "text_encoder"),
    SDXL_UNET(TrueSize.SDXL, "unet"),
    SDXL_VAE_DECODE(TrueSize.SDXL, "vae"),
    SDXL_TEXT_ENCODER(TrueSize.SDXL, "text_encoder"),
    SDXL_TEXT_ENCODER_2(TrueSize.SDXL, "text_encoder_2");

    private static final int TOKENS = 77;

    private final TrueSize checkpoint;
    private final String component;

    BenchmarkModel(TrueSize checkpoint, String component) {
        this.checkpoint = checkpoint;
        this.component = component;
    }

    /** As the command line spells it, e.g. {@code sd15-vae-decode}. */
    String label() {
        return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }

    /** @throws IllegalArgumentException naming what there is */
    static BenchmarkModel named(String label) {
        return Arrays.stream(values())
                .filter(model -> model.label().equals(label))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("--model: got %s, wanted %s"
                        .formatted(
                                label,
                                Arrays.stream(values())
                                        .map(BenchmarkModel::label)
                                        .collect(Collectors.joining(", ")))));
    }

    /** A component of a checkpoint. */
    static BenchmarkModel of(TrueSize checkpoint, String component) {
        return Arrays.stream(values())
                .filter(model -> model.checkpoint == checkpoint && model.component.equals(component))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "true size: got %s, wanted a component of %s".formatted(component, checkpoint)));
    }

    /** Noise, timestep and text, for SDXL also its second conditioning, to the prediction. */
    static List<Tensor> call(UNet2DConditionModel unet, List<Tensor> in) {
        return List.of(unet.call(new UNet2DConditionModel.Input(
                in.get(0),
                in.get(1),
                in.get(2),
                in.size() == 3
                        ? Optional.empty()
                        : Optional.of(new UNet2DConditionModel.AddedCond(in.get(3), in.get(4))))));
    }

    /** The forward with these weights, from {@link #inputs} to its outputs. */
    UnaryOperator<List<Tensor>> forward(Weights weights) {
        return switch (this) {
            case SD15_UNET, SDXL_UNET -> {
                UNet2DConditionModel unet = UNet2DConditionModel.load(weights, unetConfig());
                yield in -> call(unet, in);
            }
            case SD15_VAE_DECODE, SDXL_VAE_DECODE -> {
                AutoencoderKL vae = AutoencoderKL.load(weights, vaeConfig());
                yield in -> List.of(vae.decode(in.getFirst()));
            }
            case SD15_TEXT_ENCODER, SDXL_TEXT_ENCODER -> {
                CLIPTextModel text = CLIPTextModel.load(weights, textConfig());
                yield in -> List.of(
                        text.call(new CLIPTextModel.Input(in.getFirst())).lastHiddenState());
            }
            case SDXL_TEXT_ENCODER_2 -> {
                CLIPTextModelWithProjection text = CLIPTextModelWithProjection.load(weights, textConfig());
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

    /** Inputs for {@code batch} pictures of {@code size}² pixels. */
    List<HostTensor> inputs(int size, int batch) {
        TorchGenerator noise = new TorchGenerator(0);
        return switch (this) {
            case SD15_UNET, SDXL_UNET -> unetInputs(noise, size / 8, batch);
            case SD15_VAE_DECODE, SDXL_VAE_DECODE ->
                List.of(noise.randn(batch, vaeConfig().latentChannels(), size / 8, size / 8));
            case SD15_TEXT_ENCODER, SDXL_TEXT_ENCODER, SDXL_TEXT_ENCODER_2 ->
                List.of(noise.randint(0, textConfig().vocabSize(), batch, TOKENS));
        };
    }

    private List<HostTensor> unetInputs(TorchGenerator noise, int latent, int batch) {
        UNet2DConditionConfig config = unetConfig();
        List<HostTensor> inputs = new ArrayList<>(List.of(
                noise.randn(batch, config.inChannels(), latent, latent),
                HostTensor.ofFloats(new float[] {601}, 1),
                noise.randn(batch, TOKENS, config.crossAttentionDim().getFirst())));
        config.textTime().ifPresent(added -> {
            int ids = 6;
            inputs.add(
                    noise.randn(batch, added.projectionClassEmbeddingsInputDim() - ids * added.additionTimeEmbedDim()));
            float[] sizes = new float[batch * ids];
            for (int i = 0; i < sizes.length; i++) {
                sizes[i] = i % ids == 2 || i % ids == 3 ? 0 : latent * 8f;
            }
            inputs.add(HostTensor.ofFloats(sizes, batch, ids));
        });
        return inputs;
    }
}
