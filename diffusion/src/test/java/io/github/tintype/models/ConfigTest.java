package io.github.tintype.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.io.Checkpoint;
import io.github.tintype.io.ConfigNode;
import io.github.tintype.io.Json;
import io.github.tintype.io.ModelFormatException;
import io.github.tintype.models.clip.CLIPTextConfig;
import io.github.tintype.models.clip.CLIPTextModel;
import io.github.tintype.models.unet.UNet2DConditionConfig;
import io.github.tintype.models.unet.UNet2DConditionModel;
import io.github.tintype.models.vae.AutoencoderKL;
import io.github.tintype.models.vae.AutoencoderKLConfig;
import io.github.tintype.models.vae.Tiling;
import io.github.tintype.nn.Activation;
import io.github.tintype.nn.Weights;
import io.github.tintype.tensor.DType;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigTest {
    @ParameterizedTest
    @CsvSource({
        "cfg-lengths, block_out_channels",
        "cfg-unknown-block, down_block_types",
        "cfg-groups, norm_num_groups",
        "cfg-zero-groups, norm_num_groups",
        "cfg-act-unknown, act_fn",
        "cfg-negative-layers, layers_per_block",
        "cfg-huge, block_out_channels",
        "cfg-string-number, in_channels"
    })
    void wrongValuesAreNamed(String overlay, String key) {
        assertThatThrownBy(() -> UNet2DConditionConfig.parse(overlay(overlay, "unet")))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("config.json: " + key)
                .hasMessageContaining("expected")
                .hasMessageContaining("found");
    }

    @ParameterizedTest
    @ValueSource(strings = {"te-wrong-heads", "te-unknown-act"})
    void wrongTextEncodersAreNamed(String overlay) {
        assertThatThrownBy(() -> CLIPTextConfig.parse(overlay(overlay, "text_encoder")))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("config.json: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"cfg-in-channels", "cfg-block-out", "cfg-cross-dim"})
    void aConfigurationOfAnotherUnetIsRefusedWithBothShapes(String overlay) {
        try (Checkpoint checkpoint = Golden.checkpoint("sd15/unet")) {
            UNet2DConditionConfig config = UNet2DConditionConfig.parse(overlay(overlay, "unet"));
            assertThatThrownBy(() -> Weights.load(checkpoint, DType.F32, w -> UNet2DConditionModel.load(w, config)))
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageContaining("wanted")
                    .hasMessageContaining("found");
        }
    }

    @Test
    void layersThatTheCheckpointLacksAreRefused() {
        try (Checkpoint checkpoint = Golden.checkpoint("sd15/text_encoder")) {
            CLIPTextConfig config = CLIPTextConfig.parse(overlay("te-wrong-layers", "text_encoder"));
            assertThatThrownBy(() -> Weights.load(checkpoint, DType.F32, w -> CLIPTextModel.load(w, config)))
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageContaining("missing text_model.encoder.layers.3.")
                    .hasMessageContaining("more");
        }
    }

    @Test
    void aLatentMismatchIsRefused() {
        try (Checkpoint checkpoint = Golden.checkpoint("sd15/vae")) {
            AutoencoderKLConfig config = AutoencoderKLConfig.parse(overlay("vae-latent-mismatch", "vae"));
            assertThatThrownBy(() -> Weights.load(checkpoint, DType.F32, w -> AutoencoderKL.load(w, config)))
                    .isInstanceOf(ModelFormatException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cfg-missing-field", "cfg-unknown-field"})
    void defaultsAndUnknownKeysAreFine(String overlay) {
        assertThat(UNet2DConditionConfig.parse(overlay(overlay, "unet")).actFn())
                .isEqualTo(Activation.SILU);
    }

    @ParameterizedTest
    @CsvSource({
        "mid_block_type, UNetMidBlock2D",
        "resnet_time_scale_shift, scale_shift",
        "class_embed_type, timestep",
        "addition_embed_type, text",
        "encoder_hid_dim_type, text_proj",
        "time_embedding_type, fourier",
        "attention_type, gated"
    })
    void whatIsNotImplementedIsRefused(String key, String value) {
        ConfigNode config = Golden.config("sd15/unet").with(Map.of(key, value));
        assertThatThrownBy(() -> UNet2DConditionConfig.parse(config))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining(key)
                .hasMessageContaining(value);
    }

    @Test
    void distilledAndClassConditionedUnetsAreRefused() {
        for (String key : List.of("time_cond_proj_dim", "num_class_embeds", "encoder_hid_dim")) {
            ConfigNode config = Golden.config("sd15/unet").with(Map.of(key, 256));
            assertThatThrownBy(() -> UNet2DConditionConfig.parse(config)).hasMessageContaining(key);
        }
        ConfigNode dual = Golden.config("sd15/unet").with(Map.of("dual_cross_attention", true));
        assertThatThrownBy(() -> UNet2DConditionConfig.parse(dual)).hasMessageContaining("dual_cross_attention");
    }

    @Test
    void anEmptyUnetHasTheDefaultsOfDiffusers() {
        UNet2DConditionConfig config = UNet2DConditionConfig.parse(ConfigNode.of("config.json", Map.of()));
        assertThat(config.blockOutChannels()).containsExactly(320, 640, 1280, 1280);
        assertThat(config.attentionHeadDim()).containsOnly(8).hasSize(4);
        assertThat(config.timeEmbeddingDim()).isEqualTo(1280);
    }

    @Test
    void theAutoencoderKnowsItsScale() {
        AutoencoderKLConfig config = AutoencoderKLConfig.parse(Golden.config("sdxl-base/vae"));
        assertThat(config.scaleFactor()).isEqualTo(8);
        assertThat(config.scalingFactor()).isEqualTo(0.13025);
        assertThat(Tiling.of(config)).isEqualTo(new Tiling(128, 16, 0.25));
        assertThatThrownBy(() -> AutoencoderKLConfig.parse(
                        Golden.config("sdxl-base/vae").with(Map.of("latents_mean", List.of(0.5, 0.5)))))
                .hasMessageContaining("latents_mean");
    }

    @Test
    void tilesMustAdvance() {
        assertThatThrownBy(() -> new Tiling(8, 1, 0.5)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Tiling(64, 8, 1)).isInstanceOf(IllegalArgumentException.class);
    }

    private static ConfigNode overlay(String overlay, String component) {
        return Json.read(Golden.fixture("malformed/overlays/" + overlay + "/" + component + "/config.json"));
    }
}
