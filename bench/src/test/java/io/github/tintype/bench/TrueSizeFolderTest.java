package io.github.tintype.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.benchmark.TrueSize;
import io.github.tintype.io.Checkpoint;
import io.github.tintype.io.Json;
import io.github.tintype.models.vae.AutoencoderKL;
import io.github.tintype.models.vae.AutoencoderKLConfig;
import io.github.tintype.nn.Weights;
import io.github.tintype.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrueSizeFolderTest {
    @Test
    void shardsAreReadAsOneCheckpoint(@TempDir Path folder) throws IOException {
        new TrueSizeFolder(TrueSize.SD15, folder, 60_000_000).component("vae", "diffusion_pytorch_model");
        Path vae = folder.resolve("vae");
        assertThat(vae.resolve("diffusion_pytorch_model-00003-of-00003.safetensors"))
                .exists();
        assertThat(vae.resolve("diffusion_pytorch_model.safetensors.index.json"))
                .exists();
        try (Checkpoint checkpoint = Checkpoint.open(vae, Optional.empty())) {
            assertThat(checkpoint.names())
                    .hasSize(248)
                    .contains("decoder.mid_block.attentions.0.proj_attn.weight"); // as in the file of that time
            AutoencoderKLConfig config = AutoencoderKLConfig.parse(Json.read(vae.resolve("config.json")));
            assertThat(Weights.load(checkpoint, DType.F32, w -> AutoencoderKL.load(w, config))
                            .config())
                    .isEqualTo(config);
        }
        assertThat(Files.size(vae.resolve("diffusion_pytorch_model-00001-of-00003.safetensors")))
                .isLessThan(60_100_000);
    }

    @Test
    void textEncodersHaveThePublishedNames() {
        assertThat(new TrueSizeFolder(TrueSize.SDXL, Path.of("unused"), Long.MAX_VALUE).types("text_encoder_2"))
                .hasSize(517)
                .containsKeys("text_model.encoder.layers.31.self_attn.q_proj.weight", "text_projection.weight");
    }
}
