package io.github.tintype.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.io.Checkpoint;
import io.github.tintype.io.SafetensorsFile;
import io.github.tintype.models.clip.CLIPTextConfig;
import io.github.tintype.models.clip.CLIPTextModel;
import io.github.tintype.models.clip.CLIPTextModelWithProjection;
import io.github.tintype.models.unet.UNet2DConditionConfig;
import io.github.tintype.models.unet.UNet2DConditionModel;
import io.github.tintype.models.unet.blocks.DownBlock;
import io.github.tintype.models.vae.AutoencoderKL;
import io.github.tintype.models.vae.AutoencoderKLConfig;
import io.github.tintype.models.vae.Moments;
import io.github.tintype.models.vae.Tiling;
import io.github.tintype.nn.Weights;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.trace.Region;
import io.github.tintype.trace.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole models in f32 on the reference device against torch's outputs. */
class GoldenModelsTest {
    private final Oracle oracle = new Oracle();

    @ParameterizedTest
    @ValueSource(strings = {"sd15/text_encoder", "sd2-v/text_encoder", "sdxl-base/text_encoder"})
    void textEncoder(String folder) {
        try (Checkpoint checkpoint = Golden.checkpoint(folder);
                SafetensorsFile golden = Golden.open("modules/" + folder + ".safetensors")) {
            CLIPTextConfig config = CLIPTextConfig.parse(Golden.config(folder));
            CLIPTextModel model = Weights.load(checkpoint, DType.F32, w -> CLIPTextModel.load(w, config));
            CLIPTextModel.Output output = model.call(new CLIPTextModel.Input(in(golden, "input_ids")));
            assertStates(golden, output.hiddenStates());
            assertClose(golden, "last_hidden_state", output.lastHiddenState());
            assertClose(golden, "pooler_output", output.pooled());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"sdxl-base/text_encoder_2"})
    void textEncoderWithProjection(String folder) {
        try (Checkpoint checkpoint = Golden.checkpoint(folder);
                SafetensorsFile golden = Golden.open("modules/" + folder + ".safetensors")) {
            CLIPTextConfig config = CLIPTextConfig.parse(Golden.config(folder));
            CLIPTextModelWithProjection model =
                    Weights.load(checkpoint, DType.F32, w -> CLIPTextModelWithProjection.load(w, config));
            CLIPTextModelWithProjection.Output output = model.call(new CLIPTextModel.Input(in(golden, "input_ids")));
            assertStates(golden, output.hiddenStates());
            assertClose(golden, "last_hidden_state", output.lastHiddenState());
            assertClose(golden, "text_embeds", output.textEmbeds());
        }
    }

    private void assertStates(SafetensorsFile golden, List<Tensor> states) {
        assertThat(golden.names()).contains("f32/hidden_states." + (states.size() - 1));
        for (int i = 0; i < states.size(); i++) {
            assertClose(golden, "hidden_states." + i, states.get(i));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sd15/unet-b1-9x13-t1", "sd2-v/unet-b1-9x13-t1", "sdxl-base/unet-b1-16x16-t500.5",
                "sdxl-base/unet-b3-9x13-t700", "sdxl-inpaint/unet-b2-16x16-t601", "sdxl-refiner/unet-b2-16x16-t601"
            })
    void unet(String name) {
        try (Checkpoint checkpoint = Golden.checkpoint(unetFolder(name));
                SafetensorsFile golden = Golden.open("modules/" + name + ".safetensors")) {
            Tensor output = unet(checkpoint, unetFolder(name)).call(unetInput(golden));
            assertClose(golden, "sample", output);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"sd15-bf16", "sd15-fp16-variant", "sd15-sharded", "sd15-unet-sharded-fp16-variant"})
    void narrowAndShardedWeightsComputeInF32(String name) {
        try (Checkpoint checkpoint = Golden.checkpoint(name + "/unet");
                SafetensorsFile golden = Golden.open("modules/" + name + "/expected.safetensors")) {
            Tensor output = unet(checkpoint, name + "/unet").call(unetInput(golden));
            assertClose(golden, "unet", output);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"sd15/unet-intermediates", "sdxl-base/unet-intermediates"})
    void everyNamedIntermediateOfTheUnet(String name) {
        try (Checkpoint checkpoint = Golden.checkpoint(unetFolder(name));
                SafetensorsFile golden = Golden.open("modules/" + name + ".safetensors")) {
            UNet2DConditionModel unet = unet(checkpoint, unetFolder(name));
            Map<String, Object> seen = new LinkedHashMap<>();
            Region.observe(seen::put, () -> unet.call(unetInput(golden)));
            Map<String, Tensor> tensors = named(seen);
            List<String> wanted = golden.names().stream()
                    .filter(key -> key.startsWith("act/"))
                    .map(key -> key.substring(4))
                    .toList();
            assertThat(tensors.keySet()).containsAll(wanted);
            for (String path : wanted) {
                HostTensor got = oracle.read(Objects.requireNonNull(tensors.get(path)));
                Golden.assertClose(path, got, golden.tensor("act/" + path));
            }
        }
    }

    private static Map<String, Tensor> named(Map<String, Object> seen) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        seen.forEach((path, value) -> {
            if (value instanceof Tensor tensor) {
                tensors.put(path, tensor);
            } else if (value instanceof DownBlock.Output(Tensor hidden, List<Tensor> skips)) {
                tensors.put(path, hidden);
                for (int i = 0; i < skips.size(); i++) {
                    tensors.put(path + "/skip." + i, skips.get(i));
                }
            }
        });
        return tensors;
    }

    private static String unetFolder(String name) {
        return name.substring(0, name.indexOf('/')) + "/unet";
    }

    private static UNet2DConditionModel unet(Checkpoint checkpoint, String folder) {
        UNet2DConditionConfig config = UNet2DConditionConfig.parse(Golden.config(folder));
        return Weights.load(checkpoint, DType.F32, w -> UNet2DConditionModel.load(w, config));
    }

    private static UNet2DConditionModel.Input unetInput(SafetensorsFile golden) {
        HostTensor timestep = golden.tensor("in/timestep").to(DType.F32).reshape(1);
        Optional<UNet2DConditionModel.AddedCond> added = golden.names().contains("in/text_embeds")
                ? Optional.of(new UNet2DConditionModel.AddedCond(in(golden, "text_embeds"), in(golden, "time_ids")))
                : Optional.empty();
        return new UNet2DConditionModel.Input(
                in(golden, "sample"), Tensor.of(timestep), in(golden, "encoder_hidden_states"), added);
    }

    @ParameterizedTest
    @ValueSource(strings = {"sdxl-base/vae-b1-8x8", "sdxl-base/vae-b2-6x10"})
    void autoencoder(String name) {
        try (Checkpoint checkpoint = Golden.checkpoint("sdxl-base/vae");
                SafetensorsFile golden = Golden.open("modules/" + name + ".safetensors")) {
            AutoencoderKL vae = vae(checkpoint);
            Moments moments = vae.encode(in(golden, "image"));
            assertClose(golden, "mean", moments.mean());
            assertClose(golden, "logvar", moments.logvar());
            assertClose(golden, "std", moments.std());
            assertClose(golden, "decoded", vae.decode(in(golden, "latent")));
            assertClose(golden, "decoded", vae.withSlicing(true).decode(in(golden, "latent")));
        }
    }

    @ParameterizedTest
    @CsvSource({"tile8-overlap0.25,64,8,0.25", "tile8-overlap0.5,64,8,0.5", "tile12-overlap0.25,96,12,0.25"})
    void tiledAutoencoder(String id, int sample, int latent, double overlap) {
        try (Checkpoint checkpoint = Golden.checkpoint("sdxl-base/vae");
                SafetensorsFile golden = Golden.open("tiling/tiling.safetensors")) {
            AutoencoderKL vae = vae(checkpoint).withTiling(new Tiling(sample, latent, overlap));
            Tensor first = in(golden, "latent").slice(0, 0, 1);
            assertClose(golden, id + "/decode", vae.decode(first));
            assertClose(
                    golden, id + "/encode_mean", vae.encode(in(golden, "image")).mean());
        }
    }

    private static AutoencoderKL vae(Checkpoint checkpoint) {
        AutoencoderKLConfig config = AutoencoderKLConfig.parse(Golden.config("sdxl-base/vae"));
        return Weights.load(checkpoint, DType.F32, w -> AutoencoderKL.load(w, config));
    }

    private static Tensor in(SafetensorsFile golden, String name) {
        return Tensor.of(golden.tensor("in/" + name));
    }

    private void assertClose(SafetensorsFile golden, String name, Tensor got) {
        Golden.assertClose(name, oracle.read(got), golden.tensor("f32/" + name));
    }
}
