package io.github.tintype.pipelines;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.Fixtures;
import io.github.tintype.cpu.CpuDevice;
import io.github.tintype.models.Golden;
import io.github.tintype.runtime.Engine;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Embeddings in place of prompts: the latents of diffusers, and its refusals. */
class PromptEmbedsTest {
    private static final Engine ENGINE = Engine.on(CpuDevice.open());
    private static final DiffusionPipeline SD = load("sd15");
    private static final DiffusionPipeline XL = load("sdxl-base");

    private final Map<String, HostTensor> golden = Fixtures.tensors(Fixtures.golden("prompt-embeds.safetensors"));

    private static DiffusionPipeline load(String checkpoint) {
        return DiffusionPipeline.load(Fixtures.path("checkpoints/" + checkpoint), ENGINE, LoadOptions.DEFAULT);
    }

    @AfterAll
    static void close() {
        SD.close();
        XL.close();
    }

    @Test
    void bothSidesGiven() {
        same(SD, "sd-both", b -> b.numImagesPerPrompt(2));
        same(XL, "xl-both", b -> b.numImagesPerPrompt(2));
    }

    @Test
    void negativePromptsAreCutToTheLengthOfTheEmbeddings() {
        same(SD, "sd-negative-text", b -> b.negativePrompts(List.of("blurry")));
        same(XL, "xl-negative-text", b -> b.negativePrompts(List.of("blurry")).negativePrompts2(List.of("dark")));
    }

    @Test
    void withoutNegativeSide() {
        same(SD, "sd-no-negative", b -> b);
        same(XL, "xl-no-negative", b -> b);
        same(XL, "xl-unguided", b -> b.guidanceScale(1));
    }

    @Test
    void onlyTheNegativeSideGiven() {
        GenerateRequest.Builder builder = request(GenerateRequest.builder("a fox"), "sd-negative-only");
        Golden.assertClose("latents", SD.generate(builder.build()).latents(), want("sd-negative-only", "latents"));
    }

    private void same(DiffusionPipeline pipeline, String name, UnaryOperator<GenerateRequest.Builder> more) {
        GenerateRequest request =
                more.apply(request(GenerateRequest.builder(), name)).build();
        Golden.assertClose(name, pipeline.generate(request).latents(), want(name, "latents"));
    }

    private GenerateRequest.Builder request(GenerateRequest.Builder builder, String name) {
        find(name, "prompt_embeds").ifPresent(builder::promptEmbeds);
        find(name, "negative_prompt_embeds").ifPresent(builder::negativePromptEmbeds);
        find(name, "pooled_prompt_embeds").ifPresent(builder::pooledPromptEmbeds);
        find(name, "negative_pooled_prompt_embeds").ifPresent(builder::negativePooledPromptEmbeds);
        return builder.height(32).width(32).numInferenceSteps(3).seed(5).outputType(OutputType.LATENT);
    }

    private HostTensor want(String name, String what) {
        return find(name, what).orElseThrow();
    }

    private Optional<HostTensor> find(String name, String what) {
        return Optional.ofNullable(golden.get(name + "/" + what));
    }

    static Stream<Arguments> refused() {
        HostTensor embeds = zeros(DType.F32, 1, 77, 80);
        HostTensor pooled = zeros(DType.F32, 1, 40);
        return Stream.of(
                wrong("prompts: got none, wanted at least 1, or promptEmbeds", b -> b),
                wrong(
                        "promptEmbeds: got f32[1,77,32], wanted a floating type and [prompts,tokens,80]",
                        b -> b.promptEmbeds(zeros(DType.F32, 1, 77, 32)).pooledPromptEmbeds(pooled)),
                wrong(
                        "promptEmbeds: got i64[1,77,80], wanted a floating type and [prompts,tokens,80]",
                        b -> b.promptEmbeds(zeros(DType.I64, 1, 77, 80)).pooledPromptEmbeds(pooled)),
                wrong(
                        "promptEmbeds: got f32[0,77,80], wanted a floating type and [prompts,tokens,80]",
                        b -> b.promptEmbeds(zeros(DType.F32, 0, 77, 80)).pooledPromptEmbeds(pooled)),
                wrong(
                        "promptEmbeds: got f32[], wanted a floating type and [prompts,tokens,80]",
                        b -> b.promptEmbeds(zeros(DType.F32)).pooledPromptEmbeds(pooled)),
                wrong(
                        "promptEmbeds, pooledPromptEmbeds: got one of them, wanted both or none",
                        b -> b.promptEmbeds(embeds)),
                wrong(
                        "pooledPromptEmbeds: got f32[1,41], wanted a floating type and [1,40]",
                        b -> b.promptEmbeds(embeds).pooledPromptEmbeds(zeros(DType.F32, 1, 41))),
                wrong(
                        "prompts2, promptEmbeds: got both, wanted one of them",
                        b -> b.promptEmbeds(embeds).pooledPromptEmbeds(pooled).prompts2(List.of("x"))),
                wrong(
                        "clipSkip, promptEmbeds: got both, wanted one of them",
                        b -> b.promptEmbeds(embeds).pooledPromptEmbeds(pooled).clipSkip(1)),
                wrong(
                        "negativePrompts, negativePromptEmbeds: got both, wanted one of them",
                        b -> b.promptEmbeds(embeds)
                                .pooledPromptEmbeds(pooled)
                                .negativePrompts(List.of("x"))
                                .negativePromptEmbeds(embeds)
                                .negativePooledPromptEmbeds(pooled)),
                wrong(
                        "negativePromptEmbeds: got f32[1,76,80], wanted a floating type and [1,77,80]",
                        b -> b.promptEmbeds(embeds)
                                .pooledPromptEmbeds(pooled)
                                .negativePromptEmbeds(zeros(DType.F32, 1, 76, 80))
                                .negativePooledPromptEmbeds(pooled)),
                wrong(
                        "negativePromptEmbeds: got none, wanted them beside promptEmbeds of 90 tokens: text_encoder takes 2 to 77",
                        b -> b.promptEmbeds(zeros(DType.F32, 1, 90, 80))
                                .pooledPromptEmbeds(pooled)
                                .negativePrompts(List.of("x"))));
    }

    private static Arguments wrong(String message, UnaryOperator<GenerateRequest.Builder> change) {
        return Arguments.of(message, change);
    }

    private static HostTensor zeros(DType dtype, long... shape) {
        return HostTensor.allocate(TensorType.of(dtype, shape));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void refused(String message, UnaryOperator<GenerateRequest.Builder> change) {
        GenerateRequest.Builder builder =
                change.apply(GenerateRequest.builder()).height(32).width(32).numInferenceSteps(1);
        assertThatThrownBy(() -> XL.generate(builder.build()))
                .isInstanceOf(RequestException.class)
                .hasMessage(message);
    }

    @Test
    void promptsAndEmbeddingsAtOnce() {
        GenerateRequest request = GenerateRequest.builder("a fox")
                .promptEmbeds(zeros(DType.F32, 1, 77, 32))
                .build();
        assertThatThrownBy(() -> SD.generate(request))
                .isInstanceOf(RequestException.class)
                .hasMessage("prompts, promptEmbeds: got both, wanted one of them");
    }

    @Test
    void pooledTextIsNothingForStableDiffusion() {
        GenerateRequest request = GenerateRequest.builder("a fox")
                .pooledPromptEmbeds(zeros(DType.F32, 1, 32))
                .build();
        assertThatThrownBy(() -> SD.generate(request))
                .isInstanceOf(RequestException.class)
                .hasMessage(
                        "pooledPromptEmbeds: got a value, wanted none: StableDiffusionPipeline doesn't have this argument");
    }
}
