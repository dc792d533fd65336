package io.github.tintype.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class GenerationMetadataTest {
    private static GenerationMetadata metadata(String prompt, Optional<String> negativePrompt, String model) {
        return metadata(prompt, negativePrompt, model, Map.of());
    }

    private static GenerationMetadata metadata(
            String prompt, Optional<String> negativePrompt, String model, Map<String, String> attention) {
        return new GenerationMetadata(
                prompt,
                negativePrompt,
                20,
                7.0,
                -1,
                128,
                64,
                "EulerAncestralDiscreteScheduler",
                model,
                "f32",
                "cpu",
                attention,
                "0.1");
    }

    @Test
    void parametersAreWhatTheWebUiReads() {
        assertThat(metadata("a cat", Optional.of("dog"), "tiny").parameters()).isEqualTo("""
                        a cat
                        Negative prompt: dog
                        Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 18446744073709551615, Size: 128x64, Model: tiny, RNG: CPU, \
                        Version: tintype 0.1""");
    }

    @Test
    void parametersQuoteWhatWouldEndAPair() {
        assertThat(metadata("a", Optional.empty(), "x, Steps: 3").parameters())
                .contains(", Model: \"x, Steps: 3\", RNG");
    }

    @Test
    void jsonSaysHowAttentionWasChosen() {
        assertThat(metadata("a", Optional.empty(), "tiny", Map.of("attention_backend", "flash,math"))
                        .json())
                .endsWith("\"device\":\"cpu\",\"attention_backend\":\"flash,math\",\"version\":\"0.1\"}");
    }

    @Test
    void jsonIsExact() {
        assertThat(metadata("a \"cat\"\n\\", Optional.of(""), "tiny").json())
                .isEqualTo(
                        "{\"prompt\":\"a \\\"cat\\\"\\u000a\\\\\",\"negative_prompt\":\"\",\"num_inference_steps\":20,"
                                + "\"guidance_scale\":7,\"seed\":18446744073709551615,\"width\":128,\"height\":64,"
                                + "\"scheduler\":\"EulerAncestralDiscreteScheduler\",\"model\":\"tiny\",\"dtype\":\"f32\",\"device\":\"cpu\","
                                + "\"version\":\"0.1\"}");
    }
}
