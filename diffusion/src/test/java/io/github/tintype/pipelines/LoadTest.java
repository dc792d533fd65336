package io.github.tintype.pipelines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.Fixtures;
import io.github.tintype.io.SafetensorsWriter;
import io.github.tintype.reference.ReferenceDevice;
import io.github.tintype.runtime.Engine;
import io.github.tintype.tensor.HostTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checkpoints that load and yet deserve a word: newer than Tintype, with unknown keys, with weights that are not finite. */
class LoadTest {
    @TempDir
    Path folder = Path.of("");

    @BeforeEach
    void copyOfACheckpoint() throws IOException {
        Path from = Fixtures.path("checkpoints/sd15");
        try (Stream<Path> paths = Files.walk(from)) {
            for (Path path : paths.filter(Files::isRegularFile).toList()) {
                Path target = folder.resolve(from.relativize(path).toString());
                Files.createDirectories(target.getParent());
                Files.copy(path, target);
            }
        }
    }

    @Test
    void warnsOnceOfNewerFilesAndUnknownKeys() throws IOException {
        replace("model_index.json", "\"_diffusers_version\": \"[^\"]*\"", "\"_diffusers_version\": \"0.43.0.dev0\"");
        replace("scheduler/scheduler_config.json", "\"beta_end\"", "\"beta_ned\": 1, \"beta_end\"");
        replace("unet/config.json", "\"act_fn\"", "\"act_nf\": 1, \"act_fn\"");
        replace("vae/config.json", "\"act_fn\"", "\"force_upcats\": true, \"act_fn\"");
        assertThat(warnings())
                .containsExactlyInAnyOrder(
                        "model_index.json: written by diffusers 0.43.0; what is newer than 0.42.1 is not known here",
                        "scheduler/scheduler_config.json: ignored unknown keys: [beta_ned]",
                        "unet/config.json: ignored unknown keys: [act_nf]",
                        "vae/config.json: ignored unknown keys: [force_upcats]");
    }

    @Test
    void saysNothingAboutWhatItKnows() {
        assertThat(warnings()).isEmpty();
    }

    @Test
    void namesAWeightThatIsNotFinite() {
        Path file = folder.resolve("unet/diffusion_pytorch_model.safetensors");
        Map<String, HostTensor> weights = Fixtures.tensors(file);
        Optional.ofNullable(weights.get("conv_in.bias")).orElseThrow().setDouble(3, Double.NaN);
        SafetensorsWriter.write(file, weights, Map.of());
        try (Engine engine = Engine.on(new ReferenceDevice());
                DiffusionPipeline pipeline = DiffusionPipeline.load(folder, engine, LoadOptions.DEFAULT)) {
            GenerateRequest request = GenerateRequest.builder("a fox")
                    .height(16)
                    .width(16)
                    .numInferenceSteps(1)
                    .build();
            assertThatThrownBy(() -> pipeline.generate(request))
                    .isInstanceOf(NonFiniteException.class)
                    .hasMessage(
                            "step 0: unet: got NaN or infinite values, wanted finite ones; its weight \"conv_in.bias\" of unet/diffusion_pytorch_model.safetensors isn't finite either");
        }
    }

    private void replace(String name, String pattern, String replacement) throws IOException {
        Path file = folder.resolve(name);
        String before = Files.readString(file);
        String after = before.replaceFirst(pattern, replacement);
        assertThat(after).isNotEqualTo(before);
        Files.writeString(file, after);
    }

    private List<String> warnings() {
        List<String> warnings = new ArrayList<>();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord warning) {
                warnings.add(new SimpleFormatter().formatMessage(warning));
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger logger = Logger.getLogger("io.github.tintype");
        logger.addHandler(handler);
        try (Engine engine = Engine.on(new ReferenceDevice())) {
            DiffusionPipeline.load(folder, engine, LoadOptions.DEFAULT).close();
        } finally {
            logger.removeHandler(handler);
        }
        return warnings;
    }
}
