package io.github.tintype.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.io.Checkpoint;
import io.github.tintype.io.ConfigNode;
import io.github.tintype.models.clip.CLIPTextConfig;
import io.github.tintype.models.clip.CLIPTextModel;
import io.github.tintype.models.clip.CLIPTextModelWithProjection;
import io.github.tintype.models.unet.UNet2DConditionConfig;
import io.github.tintype.models.unet.UNet2DConditionModel;
import io.github.tintype.models.vae.AutoencoderKL;
import io.github.tintype.models.vae.AutoencoderKLConfig;
import io.github.tintype.nn.CheckpointWeights;
import io.github.tintype.nn.Weights;
import io.github.tintype.tensor.DType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each model asks for exactly the tensors that its checkpoint holds. */
class LoadCheckpointsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "sd15/unet",
                "sd15-bf16/unet",
                "sd15-fp16-variant/unet",
                "sd15-sharded/unet",
                "sd15-unet-sharded-fp16-variant/unet",
                "sd2-v/unet",
                "sdxl-base/unet",
                "sdxl-inpaint/unet",
                "sdxl-refiner/unet",
                "sd15/vae",
                "sd15-fp16-variant/vae",
                "sd2-v/vae",
                "sdxl-base/vae",
                "sdxl-inpaint/vae",
                "sdxl-refiner/vae",
                "sd15/text_encoder",
                "sd15-sharded/text_encoder",
                "sd2-v/text_encoder",
                "sdxl-base/text_encoder",
                "sdxl-base/text_encoder_2",
                "sdxl-inpaint/text_encoder",
                "sdxl-inpaint/text_encoder_2",
                "sdxl-refiner/text_encoder_2"
            })
    void readsEveryTensorOnce(String folder) {
        try (Checkpoint checkpoint = Golden.checkpoint(folder)) {
            CheckpointWeights weights = Weights.of(checkpoint, DType.F32);
            assertThat(load(folder, weights)).isNotNull();
            assertThat(weights.problems()).isEmpty();
            assertThat(weights.unused()).isEmpty();
        }
    }

    private static Record load(String folder, Weights w) {
        ConfigNode config = Golden.config(folder);
        return switch (folder.substring(folder.indexOf('/') + 1)) {
            case "unet" -> UNet2DConditionModel.load(w, UNet2DConditionConfig.parse(config));
            case "vae" -> AutoencoderKL.load(w, AutoencoderKLConfig.parse(config));
            case "text_encoder_2" -> CLIPTextModelWithProjection.load(w, CLIPTextConfig.parse(config));
            default -> CLIPTextModel.load(w, CLIPTextConfig.parse(config));
        };
    }
}
