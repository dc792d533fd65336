package io.github.tintype.pipelines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.Fixtures;
import io.github.tintype.capture.CompileListener;
import io.github.tintype.capture.CompileOptions;
import io.github.tintype.capture.Compiler;
import io.github.tintype.cpu.CpuDevice;
import io.github.tintype.image.ImageQuality;
import io.github.tintype.nn.Conv2d;
import io.github.tintype.nn.Linear;
import io.github.tintype.quantization.LayerwiseCasting;
import io.github.tintype.runtime.Engine;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.StoredWeight;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ComponentTypesTest {
    private static final Engine ENGINE = Engine.on(CpuDevice.open(2));

    @AfterAll
    static void close() {
        ENGINE.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "bf16 | bf16",
                "float16 | f16",
                " F32 | f32",
                "unet=bf16 | unet=bf16,default=f32",
                "vae=f32, default=bfloat16 ,unet=f16 | unet=f16,vae=f32,default=bf16"
            })
    void typesAreReadAsTheyAreWritten(String text, String written) {
        ComponentTypes types = ComponentTypes.parse(text);
        assertThat(types).hasToString(written);
        assertThat(ComponentTypes.parse(written)).isEqualTo(types);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "half | dtype: got \"half\", wanted f32, bf16 or f16",
                "`` | dtype: got \"\", wanted f32, bf16 or f16",
                "i8 | dtype: got I8 for default, wanted F32, BF16 or F16",
                "f64 | dtype: got F64 for default, wanted F32, BF16 or F16",
                "unet=f8_e4m3 | dtype: got F8_E4M3 for unet, wanted F32, BF16 or F16: load the model in one of these, then store its layers in F8_E4M3",
                "unet=bf16,unet=f16 | dtype: got two types for unet",
                "unet=bf16=f16 | dtype: got \"unet=bf16=f16\", wanted component=type",
                "=bf16 | dtype: got \"=bf16\", wanted component=type",
                "unet=bf16, | dtype: got \"\", wanted component=type"
            })
    void whatIsNoTypeIsRefused(String text, String message) {
        assertThatThrownBy(() -> ComponentTypes.parse(text))
                .isInstanceOf(RequestException.class)
                .hasMessage(message);
    }

    private static DiffusionPipeline load(String types) {
        return DiffusionPipeline.load(
                Fixtures.path("checkpoints/sdxl-base"),
                ENGINE,
                LoadOptions.DEFAULT.withDtypes(ComponentTypes.parse(types)));
    }

    private static DType type(DiffusionPipeline pipeline, PipelineComponent component) {
        return pipeline.modules(component).stream()
                .flatMap(module -> module instanceof Linear linear
                        ? Optional.of(linear.weight().type().dtype()).stream()
                        : Optional.<DType>empty().stream())
                .findFirst()
                .orElseThrow();
    }

    private static GenerateResult draw(DiffusionPipeline pipeline) {
        return pipeline.generate(request());
    }

    private static GenerateRequest request() {
        return GenerateRequest.builder("a fox")
                .height(16)
                .width(16)
                .numInferenceSteps(2)
                .seed(1)
                .build();
    }

    @Test
    void componentsOfDifferentTypesGoTogether() {
        try (DiffusionPipeline exact = load("f32");
                DiffusionPipeline mixed = load("unet=bf16,text_encoder_2=f16,vae=f16")) {
            assertThat(type(mixed, PipelineComponent.TEXT_ENCODER)).isEqualTo(DType.F32);
            assertThat(type(mixed, PipelineComponent.TEXT_ENCODER_2)).isEqualTo(DType.F16);
            assertThat(type(mixed, PipelineComponent.UNET)).isEqualTo(DType.BF16);
            assertThat(type(mixed, PipelineComponent.VAE_DECODE)).isEqualTo(DType.F16);
            GenerateResult result = draw(mixed);
            assertThat(result.latents().dtype()).isEqualTo(DType.BF16);
            assertThat(result.images().getFirst().dtype()).isEqualTo(DType.F32);
            float[] want = draw(exact).images().getFirst().toFloats();
            float[] got = result.images().getFirst().toFloats();
            double sum = 0;
            for (int i = 0; i < want.length; i++) {
                sum += Math.abs(want[i] - got[i]);
            }
            assertThat(sum / want.length).isBetween(1e-5, 0.05);
        }
    }

    @Test
    void aTypeForWhatIsNotThereIsRefused() {
        assertThatThrownBy(() -> load("transformer=bf16"))
                .isInstanceOf(RequestException.class)
                .hasMessage("dtype: got a type for transformer, wanted one of text_encoder, text_encoder_2, unet, vae");
    }

    @Test
    void castingIsLoadingInThatTypeAndRoundingStays() {
        try (DiffusionPipeline exact = load("f32");
                DiffusionPipeline loaded = load("bf16");
                DiffusionPipeline cast = exact.to(DType.BF16);
                DiffusionPipeline back = cast.to(DType.F32)) {
            assertThat(draw(cast).latents().toFloats())
                    .isEqualTo(draw(loaded).latents().toFloats());
            assertThat(type(back, PipelineComponent.UNET)).isEqualTo(DType.F32);
            assertThat(draw(back).latents().toFloats())
                    .isNotEqualTo(draw(exact).latents().toFloats());
            assertThatThrownBy(() -> exact.to(DType.I8))
                    .isInstanceOf(RequestException.class)
                    .hasMessage("dtype: got I8 for default, wanted F32, BF16 or F16");
        }
    }

    /* As many bytes as there are elements; bits are lost, but the picture is one. Norms and what is named like them stay. */
    @ParameterizedTest
    @CsvSource({"F8_E4M3, false", "F8_E5M2, false", "F8_E4M3, true"})
    void layersAreKeptInEightBitsAndComputeInSixteen(DType storage, boolean compiled) {
        try (DiffusionPipeline half = load("bf16");
                DiffusionPipeline narrow =
                        half.withLayerwiseCasting(PipelineComponent.UNET, LayerwiseCasting.to(storage));
                DiffusionPipeline run = compiled
                        ? narrow.compile(
                                PipelineComponent.UNET,
                                new Compiler(ENGINE, CompileListener.NONE),
                                CompileOptions.DEFAULT)
                        : narrow.withScheduler(narrow.scheduler())) {
            List<Linear> layers = narrow.modules(PipelineComponent.UNET).stream()
                    .flatMap(module -> module instanceof Linear linear ? Stream.of(linear) : Stream.empty())
                    .toList();
            assertThat(layers).anyMatch(layer -> layer.weight() instanceof StoredWeight);
            assertThat(layers).allMatch(layer -> layer.weight().type().dtype() == DType.BF16);
            assertThat(narrow.modules(PipelineComponent.UNET))
                    .filteredOn(module -> module.path().contains("norm") && module instanceof Conv2d)
                    .allMatch(module -> !(((Conv2d) module).weight() instanceof StoredWeight));
            GenerateResult want = draw(half);
            GenerateResult got = draw(run);
            assertThat(got.latents().dtype()).isEqualTo(DType.BF16);
            assertThat(ImageQuality.cosine(got.latents(), want.latents())).isBetween(0.9, 0.99999);
            assertThat(run.memory(request()).parts().stream()
                            .filter(part -> part.component() == PipelineComponent.UNET)
                            .mapToLong(part -> part.memory().weightBytes())
                            .sum())
                    .isLessThan(half.memory(request()).parts().stream()
                                    .filter(part -> part.component() == PipelineComponent.UNET)
                                    .mapToLong(part -> part.memory().weightBytes())
                                    .sum()
                            * 2
                            / 3);
        }
        assertThatThrownBy(() -> LayerwiseCasting.to(DType.F16))
                .hasMessage("layerwise casting: got F16, wanted F8_E4M3 or F8_E5M2");
    }

    @Test
    void fusedProjectionsDrawTheSamePictureAndComeApartAgain() {
        try (DiffusionPipeline separate = load("f32");
                DiffusionPipeline fused = separate.fuseQkvProjections();
                DiffusionPipeline twice = fused.fuseQkvProjections(true, false);
                DiffusionPipeline again = fused.unfuseQkvProjections(true, true)) {
            float[] want = draw(separate).latents().toFloats();
            assertThat(draw(fused).latents().toFloats())
                    .usingComparatorWithPrecision(1e-4f)
                    .isEqualTo(want);
            assertThat(twice.modules(PipelineComponent.UNET)).isEqualTo(fused.modules(PipelineComponent.UNET));
            assertThat(again.modules(PipelineComponent.UNET)).isEqualTo(separate.modules(PipelineComponent.UNET));
            assertThat(fused.modules(PipelineComponent.UNET)).isNotEqualTo(separate.modules(PipelineComponent.UNET));
            assertThatThrownBy(() -> separate.unfuseQkvProjections(true, false))
                    .isInstanceOf(RequestException.class)
                    .hasMessage("unfuseQkvProjections: unet isn't fused");
            assertThatThrownBy(() -> separate.fuseQkvProjections(false, false))
                    .isInstanceOf(RequestException.class)
                    .hasMessage("fuseQkvProjections: got neither unet nor vae, wanted one or both");
        }
    }
}
