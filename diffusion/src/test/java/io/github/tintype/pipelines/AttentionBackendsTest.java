package io.github.tintype.pipelines;

import static io.github.tintype.tensor.SdpBackend.CUDNN_ATTENTION;
import static io.github.tintype.tensor.SdpBackend.EFFICIENT_ATTENTION;
import static io.github.tintype.tensor.SdpBackend.FLASH_ATTENTION;
import static io.github.tintype.tensor.SdpBackend.MATH;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import io.github.tintype.Fixtures;
import io.github.tintype.capture.CompileListener;
import io.github.tintype.capture.CompileOptions;
import io.github.tintype.capture.Compiler;
import io.github.tintype.capture.Explanation;
import io.github.tintype.compile.Plan;
import io.github.tintype.cpu.CpuDevice;
import io.github.tintype.models.attention.AttentionLayer;
import io.github.tintype.models.attention.AttentionSlicing;
import io.github.tintype.runtime.Engine;
import io.github.tintype.tensor.SdpBackend;
import io.github.tintype.tensor.SdpaChoice;
import io.github.tintype.tensor.UnsupportedOpException;
import io.github.tintype.trace.SdpaKernel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is chosen for a pipeline is what runs in its UNet, its VAE and its text encoders: plans say so. */
class AttentionBackendsTest {
    private static final Engine ENGINE = Engine.on(CpuDevice.open(2));
    private static final Map<String, DiffusionPipeline> PIPELINES =
            Map.of("sd15", load("sd15"), "sdxl-base", load("sdxl-base"));

    private static DiffusionPipeline load(String checkpoint) {
        return DiffusionPipeline.load(Fixtures.path("checkpoints/" + checkpoint), ENGINE, LoadOptions.DEFAULT);
    }

    @AfterAll
    static void close() {
        PIPELINES.values().forEach(DiffusionPipeline::close);
        ENGINE.close();
    }

    private static GenerateRequest request() {
        return GenerateRequest.builder("a fox")
                .height(32)
                .width(32)
                .numInferenceSteps(2)
                .guidanceScale(3)
                .seed(1)
                .build();
    }

    private static float[] picture(DiffusionPipeline pipeline) {
        return pipeline.generate(request()).images().getFirst().toFloats();
    }

    private static DiffusionPipeline pipeline(String checkpoint) {
        return Objects.requireNonNull(PIPELINES.get(checkpoint));
    }

    /* How each attention of a component's plans is computed. */
    private static List<String> kernels(DiffusionPipeline pipeline, PipelineComponent component) {
        return plans(pipeline, component)
                .flatMap(plan -> plan.calls().stream())
                .filter(call -> call.name().equals("scaled_dot_product_attention"))
                .map(call -> call.implementation().replaceFirst("[ :].*", ""))
                .toList();
    }

    private static Stream<Plan> plans(DiffusionPipeline pipeline, PipelineComponent component) {
        return pipeline.explain().stream()
                .filter(explanation -> explanation.name().equals(component.toString()))
                .flatMap(explanation -> explanation.graphs().stream())
                .map(graph -> graph.sizes().getFirst())
                .map(Explanation.Sizes::plan);
    }

    /* Of what runs: a pipeline encodes no picture here. */
    private static long layers(DiffusionPipeline pipeline, PipelineComponent component) {
        return pipeline.modules(component).stream()
                .filter(AttentionLayer.class::isInstance)
                .filter(module -> !module.path().startsWith("encoder."))
                .count();
    }

    static Stream<Arguments> backends() {
        return Stream.of("sd15", "sdxl-base")
                .flatMap(checkpoint -> Stream.of(
                        Arguments.of(checkpoint, FLASH_ATTENTION, "flash"),
                        Arguments.of(checkpoint, EFFICIENT_ATTENTION, "attention")));
    }

    @ParameterizedTest
    @MethodSource("backends")
    void everyAttentionIsByTheBackEnd(String checkpoint, SdpBackend backend, String kernel) {
        float[] want = picture(pipeline(checkpoint));
        try (DiffusionPipeline chosen = pipeline(checkpoint).withAttentionBackend(backend)) {
            assertThat(picture(chosen)).usingComparatorWithPrecision(1e-4f).containsExactly(want);
            for (PipelineComponent component : chosen.components()) {
                long layers = layers(chosen, component);
                assertThat(layers).as("%s", component).isPositive();
                assertThat(kernels(chosen, component))
                        .as("%s", component)
                        .hasSizeGreaterThanOrEqualTo((int) layers)
                        .containsOnly(kernel);
            }
            // Nothing global: the pipeline it came from is as it was, and so is one whose choice is taken back.
            assertThat(picture(pipeline(checkpoint))).isEqualTo(want);
            try (DiffusionPipeline reset = chosen.withoutAttentionBackend()) {
                assertThat(picture(reset)).isEqualTo(want);
            }
        }
    }

    @Test
    void mathHasNoAttentionKernelAnywhere() {
        try (DiffusionPipeline chosen = pipeline("sdxl-base").withAttentionBackend(MATH)) {
            assertThat(picture(chosen))
                    .usingComparatorWithPrecision(1e-4f)
                    .containsExactly(picture(pipeline("sdxl-base")));
            for (PipelineComponent component : chosen.components()) {
                assertThat(kernels(chosen, component)).isEmpty();
                assertThat(plans(chosen, component).flatMap(plan -> plan.calls().stream()))
                        .anyMatch(call -> call.name().equals("softmax"));
            }
        }
    }

    /* What is compiled stays compiled, and has the back end; the model's own choice is inside of the caller's. */
    @Test
    void aCompiledUNetHasTheModelsChoiceWhateverTheCallerChooses() {
        try (DiffusionPipeline compiled = pipeline("sdxl-base")
                        .compile(
                                PipelineComponent.UNET,
                                new Compiler(ENGINE, CompileListener.NONE),
                                CompileOptions.DEFAULT.withFullgraph(true));
                DiffusionPipeline chosen = compiled.withAttentionBackend(EFFICIENT_ATTENTION)) {
            picture(compiled);
            assertThat(kernels(compiled, PipelineComponent.UNET)).containsOnly("flash");
            picture(chosen);
            SdpaKernel.with(FLASH_ATTENTION).run(() -> picture(chosen));
            assertThat(kernels(chosen, PipelineComponent.UNET)).containsOnly("attention");
            assertThat(chosen.explain())
                    .allMatch(explanation -> explanation.recompiles().isEmpty());
            SdpaKernel.with(EFFICIENT_ATTENTION).run(() -> picture(compiled));
            assertThat(kernels(compiled, PipelineComponent.UNET)).contains("flash", "attention");
            assertThat(compiled.explain().stream()
                            .filter(explanation -> explanation.name().equals("unet"))
                            .flatMap(explanation -> explanation.recompiles().stream())
                            .map(recompile -> recompile.guards().getFirst()))
                    .containsExactly("attention: got EFFICIENT_ATTENTION, wanted any back end");
        }
    }

    @Test
    void whatCantRunIsAnErrorThatNamesTheLayer() {
        try (DiffusionPipeline chosen = pipeline("sd15").withAttentionBackend(CUDNN_ATTENTION)) {
            assertThatThrownBy(() -> picture(chosen))
                    .isInstanceOf(UnsupportedOpException.class)
                    .hasMessageStartingWith(
                            "scaled_dot_product_attention: No available kernel: CUDNN_ATTENTION: needs CUDA (at ")
                    .hasMessageContaining("self_attn");
        }
        SdpaChoice either = new SdpaChoice(List.of(CUDNN_ATTENTION, FLASH_ATTENTION), true);
        try (DiffusionPipeline chosen = pipeline("sd15").withAttentionBackend(either)) {
            picture(chosen);
            assertThat(kernels(chosen, PipelineComponent.UNET)).containsOnly("flash");
        }
    }

    static Stream<AttentionSlicing> slices() {
        return Stream.of(new AttentionSlicing.Auto(), new AttentionSlicing.Max(), new AttentionSlicing.Heads(2));
    }

    @ParameterizedTest
    @MethodSource("slices")
    void slicesAreTheSamePictureInLessMemory(AttentionSlicing slicing) {
        GenerateRequest large = GenerateRequest.builder("a fox")
                .height(256)
                .width(256)
                .numInferenceSteps(1)
                .guidanceScale(1)
                .seed(1)
                .build();
        try (DiffusionPipeline math = pipeline("sdxl-base").withAttentionBackend(MATH);
                DiffusionPipeline sliced = math.withAttentionSlicing(slicing);
                DiffusionPipeline whole = sliced.withAttentionSlicing(new AttentionSlicing.None())) {
            float[] want = picture(math);
            float[] got = picture(sliced);
            for (int i = 0; i < want.length; i++) {
                assertThat(got[i]).as("element %d", i).isCloseTo(want[i], offset(1e-6f));
            }
            assertThat(unetBytes(sliced, large)).isLessThan(unetBytes(math, large));
            assertThat(unetBytes(whole, large)).isEqualTo(unetBytes(math, large));
        }
    }

    private static long unetBytes(DiffusionPipeline pipeline, GenerateRequest request) {
        return pipeline.memory(request).parts().stream()
                .filter(part -> part.component() == PipelineComponent.UNET)
                .mapToLong(part -> part.memory().slabBytes())
                .sum();
    }

    @Test
    void moreHeadsAtOnceThanThereAreIsAnError() {
        List<String> messages = new ArrayList<>();
        for (String checkpoint : List.of("sd15", "sdxl-base")) {
            assertThatThrownBy(() -> pipeline(checkpoint).withAttentionSlicing(new AttentionSlicing.Heads(99)))
                    .isInstanceOf(RequestException.class)
                    .satisfies(e -> messages.add(e.getMessage()));
        }
        assertThat(messages)
                .allSatisfy(message -> assertThat(message)
                        .matches("attention slicing: got 99 heads at once, wanted at most \\d \\(at .*attn1\\)"));
        assertThatThrownBy(() -> new AttentionSlicing.Heads(0))
                .hasMessage("attention slicing: got 0 heads at once, wanted at least 1");
    }
}
