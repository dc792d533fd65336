package io.github.tintype.models;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.tintype.io.ConfigNode;
import io.github.tintype.io.Json;
import io.github.tintype.io.ModelFormatException;
import io.github.tintype.models.clip.CLIPTextConfig;
import io.github.tintype.models.unet.UNet2DConditionConfig;
import io.github.tintype.models.vae.AutoencoderKLConfig;
import io.github.tintype.schedulers.SchedulerException;
import io.github.tintype.schedulers.Schedulers;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** Any text for a configuration: a model or schedule of it, or our own error. */
class ConfigFuzzTest {
    @FuzzTest(maxDuration = "10m")
    void unet(byte[] json) {
        read(json, UNet2DConditionConfig::parse);
    }

    @FuzzTest(maxDuration = "10m")
    void autoencoder(byte[] json) {
        read(json, AutoencoderKLConfig::parse);
    }

    @FuzzTest(maxDuration = "10m")
    void textEncoder(byte[] json) {
        read(json, CLIPTextConfig::parse);
    }

    @FuzzTest(maxDuration = "10m")
    void scheduler(byte[] json) {
        for (String className : Schedulers.classNames()) {
            read(json, config -> {
                Schedulers.unknownKeys(className, config);
                Schedulers.fromConfig(className, config).setTimesteps(7);
            });
        }
    }

    private static void read(byte[] json, Consumer<ConfigNode> reader) {
        try {
            reader.accept(Json.parse(new String(json, StandardCharsets.UTF_8), "config.json"));
        } catch (ModelFormatException | SchedulerException e) {
            assertThat(e).hasMessageNotContaining("\n");
        }
    }
}
