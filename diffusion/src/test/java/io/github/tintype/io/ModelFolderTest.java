package io.github.tintype.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ModelFolderTest {
    /** Faults in what a value or a tensor means: those are for the rooms that know, and this one must let them pass. */
    private static final Set<String> OF_OTHER_ROOMS = Set.of(
            "cfg-in-channels",
            "cfg-block-out",
            "cfg-cross-dim",
            "cfg-lengths",
            "cfg-unknown-block",
            "cfg-groups",
            "cfg-zero-groups",
            "cfg-act-unknown",
            "cfg-negative-layers",
            "cfg-huge",
            "cfg-string-number",
            "tensor-missing",
            "tensor-wrong-shape",
            "tensor-reshaped",
            "tensor-int",
            "sched-bad-beta",
            "tok-vocab-missing",
            "tok-merges-missing",
            "tok-vocab-broken",
            "tok-merge-one-token",
            "tok-merge-out-of-vocab",
            "tok-vocab-too-big",
            "te-wrong-heads",
            "te-wrong-layers",
            "te-unknown-act",
            "vae-latent-mismatch",
            "unet-te-mismatch");

    @TempDir
    Path folder;

    static Stream<MalformedModels.Case> cases() {
        return MalformedModels.cases();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void judgesDamagedModels(MalformedModels.Case test) {
        Path model = folder.resolve("model");
        test.make(model);
        boolean accepted = test.valid() || OF_OTHER_ROOMS.contains(test.id().replace("model/", ""));
        Optional<String> refusal = MalformedModels.refusal(model, Optional.empty());
        if (accepted) {
            assertThat(refusal).isEmpty();
        } else {
            assertThat(refusal).isPresent();
            assertThat(refusal.orElseThrow()).hasSizeLessThan(600).doesNotContain("\n");
        }
    }

    @Test
    void theCasesAreWhole() {
        assertThat(MalformedModels.cases()).hasSize(75);
        assertThat(MalformedModels.cases().map(test -> test.id().replace("model/", "")))
                .containsAll(OF_OTHER_ROOMS);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "mi-missing            | model_index.json: the file is missing",
                "mi-array              | model_index.json: expected a JSON object, found a list",
                "mi-no-class           | model_index.json: _class_name: expected a string, found nothing",
                "mi-unknown-pipeline   | found \"TotallyUnknownPipeline\"",
                "mi-wrong-unet-class   | model_index.json: unet: expected diffusers.UNet2DConditionModel, found diffusers.NoSuchModel",
                "mi-foreign-library    | library \"evil_module\" is custom code, which is refused",
                "mi-component-string   | model_index.json: unet: expected [library, class], found \"UNet2DConditionModel\"",
                "mi-component-null     | found null: the pipeline can't run without it",
                "mi-traversal-component| found \"../outside\"",
                "config-missing        | unet/config.json: the file is missing",
                "config-bom            | unet/config.json: expected plain UTF-8, found a byte order mark",
                "weights-pickle-only   | a pickle can run code",
                "weights-lfs-pointer   | unet/diffusion_pytorch_model.safetensors: this is a git-lfs pointer",
                "idx-traversal         | found \"../../../../etc/passwd\"",
                "idx-url               | found \"https://example.com/x.safetensors\"",
                "idx-missing-shard     | diffusion_pytorch_model-00002-of-00003.safetensors: the file is missing",
                "idx-no-map            | weight_map: expected an object, found nothing",
                "idx-map-list          | weight_map: expected an object, found a list",
                "variant-missing       | variant \"fp16\"",
            })
    void messagesSayWhatIsWrong(String id, String message) {
        Path model = folder.resolve("model");
        MalformedModels.cases()
                .filter(test -> test.id().equals("model/" + id))
                .findFirst()
                .orElseThrow()
                .make(model);
        assertThat(MalformedModels.refusal(model, Optional.empty()).orElse("no fault found"))
                .contains(message);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "sd15, STABLE_DIFFUSION, ",
        "sd15-bf16, STABLE_DIFFUSION, ",
        "sd15-sharded, STABLE_DIFFUSION, ",
        "sd15-fp16-variant, STABLE_DIFFUSION, fp16",
        "sdxl-base, STABLE_DIFFUSION_XL, "
    })
    void wholeModelsOpen(String name, PipelineFamily family, String variant) {
        Path path = Fixtures.path("checkpoints/" + name);
        assertThat(ModelFolder.open(path).family()).isEqualTo(family);
        assertThat(MalformedModels.refusal(path, Optional.ofNullable(variant))).isEmpty();
    }

    @Test
    void tellsItsComponentsAndOptions() {
        ModelFolder model = ModelFolder.open(Fixtures.path("checkpoints/sdxl-base"));
        assertThat(model.className()).isEqualTo("StableDiffusionXLPipeline");
        assertThat(model.components())
                .containsExactly(
                        "scheduler", "text_encoder", "text_encoder_2", "tokenizer", "tokenizer_2", "unet", "vae");
        assertThat(model.component("text_encoder_2").map(Component::className)).contains("CLIPTextModelWithProjection");
        assertThat(model.component("image_encoder")).isEmpty();
        assertThat(model.options().getBoolean("force_zeros_for_empty_prompt")).isTrue();
        assertThat(model.config("scheduler").getString("_class_name")).isEqualTo("EulerDiscreteScheduler");
        assertThat(model.config("tokenizer").getInt("model_max_length")).isEqualTo(77);
        assertThat(model.config("unet").getInts("transformer_layers_per_block")).containsExactly(1, 1, 2);
        assertThatThrownBy(() -> model.config("safety_checker"))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("has no component \"safety_checker\"");
    }

    @Test
    void aVariantMustExistSomewhere() throws IOException {
        Path path = folder.resolve("model");
        Fixtures.copyTree(Fixtures.path("checkpoints/sd15"), path);
        ModelFolder model = ModelFolder.open(path);
        assertThatThrownBy(() -> model.checkpoint("vae", Optional.of("fp16")))
                .isInstanceOf(ModelFormatException.class)
                .hasMessage("StableDiffusionPipeline: no component has weights of the variant \"fp16\"");
        Path unet = path.resolve("unet");
        Files.move(
                unet.resolve("diffusion_pytorch_model.safetensors"),
                unet.resolve("diffusion_pytorch_model.fp16.safetensors"));
        try (Checkpoint vae = model.checkpoint("vae", Optional.of("fp16"))) {
            assertThat(vae.variant()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[\"pipeline.py\", \"MyPipeline\"]         | custom code is refused",
                "\"../x\"                                  | found \"../x\"",
                "\"io.github.tintype.io.ModelFolder\"      | found \"io.github.tintype.io.ModelFolder\"",
                "null                                      | expected a string, found null",
                "7                                         | expected a string, found 7",
            })
    void onlyClassesOfTheTableAreRun(String className, String message) throws IOException {
        Files.writeString(folder.resolve("model_index.json"), "{\"_class_name\": %s}".formatted(className));
        assertThatThrownBy(() -> ModelFolder.open(folder))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageStartingWith("model_index.json: _class_name: ")
                .hasMessageContaining(message);
    }

    /** Most Stable Diffusion 1.5 folders name a safety checker, and many lack its folder. */
    @Test
    void aSafetyCheckerIsAllowed() throws IOException {
        Path model = folder.resolve("model");
        Fixtures.copyTree(Fixtures.path("checkpoints/sd15"), model);
        Path index = model.resolve("model_index.json");
        String changed = Files.readString(index)
                .replaceFirst(
                        "\"safety_checker\": \\[\\s*null,\\s*null",
                        "\"safety_checker\": [\"stable_diffusion\", \"StableDiffusionSafetyChecker\"");
        Files.writeString(index, changed);
        assertThat(ModelFolder.open(model).component("safety_checker").map(Component::className))
                .contains("StableDiffusionSafetyChecker");
    }

    @Test
    void aFileIsNotAModel() {
        assertThatThrownBy(() -> ModelFolder.open(Fixtures.path("malformed/models.json")))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("expected a model's folder, found a file");
    }
}
