package io.github.tintype.pipelines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.Fixtures;
import io.github.tintype.cpu.CpuDevice;
import io.github.tintype.io.ConfigNode;
import io.github.tintype.io.ModelFormatException;
import io.github.tintype.nn.Linear;
import io.github.tintype.random.TorchGenerator;
import io.github.tintype.reference.ReferenceDevice;
import io.github.tintype.runtime.Cancellation;
import io.github.tintype.runtime.Engine;
import io.github.tintype.runtime.RunContext;
import io.github.tintype.schedulers.Schedulers;
import io.github.tintype.tensor.HostTensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the golden suite doesn't show: callbacks, cancellation, threads, wrong arguments, closing. */
class StableDiffusionPipelineTest {
    private static final Engine ENGINE = Engine.on(new ReferenceDevice());
    private static final DiffusionPipeline PIPELINE =
            DiffusionPipeline.load(Fixtures.path("checkpoints/sd15"), ENGINE, LoadOptions.DEFAULT);

    @AfterAll
    static void close() {
        PIPELINE.close();
    }

    private static GenerateRequest.Builder request() {
        return GenerateRequest.builder("a fox")
                .height(16)
                .width(16)
                .numInferenceSteps(4)
                .guidanceScale(1)
                .seed(1)
                .outputType(OutputType.LATENT);
    }

    @Test
    void severalThreadsGetTheSameLatents() throws Exception {
        float[] want = PIPELINE.generate(request().build()).latents().toFloats();
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            List<Future<GenerateResult>> results = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                results.add(threads.submit(() -> PIPELINE.generate(request().build())));
            }
            for (Future<GenerateResult> result : results) {
                assertThat(result.get().latents().toFloats()).isEqualTo(want);
            }
        }
    }

    /* A linear layer without its bias is another model; without a change it is the same one. */
    @ParameterizedTest
    @EnumSource(
            value = PipelineComponent.class,
            names = {"UNET", "TEXT_ENCODER"})
    void changedModulesComputeAndTheOthersStay(PipelineComponent component) {
        float[] want = PIPELINE.generate(request().build()).latents().toFloats();
        try (DiffusionPipeline same = PIPELINE.withModules(component, module -> module);
                DiffusionPipeline changed = PIPELINE.withModules(
                        component,
                        module -> module instanceof Linear linear
                                ? new Linear(linear.path(), linear.weight(), Optional.empty())
                                : module)) {
            assertThat(same.generate(request().build()).latents().toFloats()).isEqualTo(want);
            assertThat(changed.modules(component)).hasSameSizeAs(PIPELINE.modules(component));
            assertThat(changed.generate(request().build()).latents().toFloats()).isNotEqualTo(want);
        }
        assertThat(PIPELINE.generate(request().build()).latents().toFloats()).isEqualTo(want);
        assertThatThrownBy(() -> PIPELINE.withModules(PipelineComponent.TEXT_ENCODER_2, module -> module))
                .hasMessage("modules: StableDiffusionPipeline has no text_encoder_2");
    }

    @Test
    void fourThreadsDrawThePicturesOfOne() throws Exception {
        try (Engine engine = Engine.on(CpuDevice.open(2));
                DiffusionPipeline pipeline =
                        DiffusionPipeline.load(Fixtures.path("checkpoints/sd15"), engine, LoadOptions.DEFAULT);
                ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<float[]> want = new ArrayList<>();
            List<Future<GenerateResult>> results = new ArrayList<>();
            for (int seed = 0; seed < 8; seed++) {
                want.add(picture(pipeline.generate(picture(seed))));
            }
            for (int seed = 0; seed < 8; seed++) {
                GenerateRequest request = picture(seed);
                results.add(threads.submit(() -> pipeline.generate(request)));
            }
            for (int seed = 0; seed < 8; seed++) {
                assertThat(picture(results.get(seed).get())).as("seed %d", seed).isEqualTo(want.get(seed));
            }
        }
    }

    /* Two sizes, with and without guidance. */
    private static GenerateRequest picture(int seed) {
        return request()
                .seed(seed)
                .width(seed % 2 == 0 ? 16 : 24)
                .guidanceScale(seed % 3 == 0 ? 1 : 4)
                .outputType(OutputType.IMAGE)
                .build();
    }

    private static float[] picture(GenerateResult result) {
        return result.images().getFirst().toFloats();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "EulerDiscreteScheduler",
                "EulerAncestralDiscreteScheduler",
                "DDIMScheduler",
                "PNDMScheduler",
                "DPMSolverMultistepScheduler"
            })
    void aStepReadsOneNumber(String className) {
        ConfigNode config = ConfigNode.of("scheduler", Map.of("skip_prk_steps", true));
        DiffusionPipeline pipeline = PIPELINE.withScheduler(Schedulers.fromConfig(className, config));
        long few = reads(pipeline, 2);
        long many = reads(pipeline, 7);
        assertThat(many - few)
                .as("whether the latents are finite, for each step more")
                .isEqualTo(5);
        assertThat(few).as("and for the text and the answer").isLessThanOrEqualTo(3 + 3);
        pipeline.close();
    }

    private static long reads(DiffusionPipeline pipeline, int steps) {
        long before = ENGINE.reads();
        pipeline.generate(request().numInferenceSteps(steps).build());
        return ENGINE.reads() - before;
    }

    @Test
    void aCallbackMayReplaceTheLatents() {
        GenerateResult result = PIPELINE.generate(request()
                .onStepEnd((step, timestep, latents) ->
                        StepOutcome.replace(ENGINE.tensor(HostTensor.allocate(latents.type()))))
                .build());
        assertThat(result.latents().toFloats()).containsOnly(0);
    }

    @Test
    void aCallbackMayEndTheLoop() {
        List<Integer> steps = new ArrayList<>();
        List<Integer> progress = new ArrayList<>();
        PIPELINE.generate(request()
                .progress((done, total) -> progress.add(done))
                .onStepEnd((step, timestep, latents) -> {
                    steps.add(step);
                    return step == 1 ? StepOutcome.INTERRUPT : StepOutcome.CONTINUE;
                })
                .build());
        assertThat(steps).containsExactly(0, 1);
        assertThat(progress).containsExactly(0, 1, 2);
    }

    @Test
    void cancellationEndsTheCallWithAnException() {
        Cancellation cancellation = new Cancellation();
        GenerateRequest request = request()
                .context(new RunContext(cancellation, Optional.empty()))
                .onStepEnd((step, timestep, latents) -> {
                    cancellation.cancel();
                    return StepOutcome.CONTINUE;
                })
                .build();
        assertThatThrownBy(() -> PIPELINE.generate(request)).isInstanceOf(CancellationException.class);
    }

    @Test
    void givenLatentsTakeThePlaceOfTheDraw() {
        HostTensor drawn = new TorchGenerator(1).randn(1, 4, 2, 2);
        float[] want = PIPELINE.generate(request().build()).latents().toFloats();
        assertThat(PIPELINE.generate(request().seed(9).latents(drawn).build())
                        .latents()
                        .toFloats())
                .isEqualTo(want);
    }

    @Test
    void aRequestWithoutSeedSaysWhichOneItDrew() {
        GenerateResult first = PIPELINE.generate(request().seeds(List.of()).build());
        GenerateResult again = PIPELINE.generate(request().seeds(first.seeds()).build());
        assertThat(again.latents().toFloats()).isEqualTo(first.latents().toFloats());
    }

    @Test
    void refusesArgumentsOfOtherPipelines() {
        assertThatThrownBy(
                        () -> PIPELINE.generate(request().prompts2(List.of("x")).build()))
                .isInstanceOf(RequestException.class)
                .hasMessage("prompts2: got a value, wanted none: StableDiffusionPipeline doesn't have this argument");
        assertThatThrownBy(() -> PIPELINE.generate(request().clipSkip(4).build()))
                .isInstanceOf(RequestException.class)
                .hasMessage("clipSkip: got 4, wanted at most 3, the blocks of text_encoder");
    }

    @Test
    void refusesLatentsOfAnotherShape() {
        HostTensor latents = HostTensor.ofFloats(new float[4], 1, 4, 1, 1);
        assertThatThrownBy(() -> PIPELINE.generate(request().latents(latents).build()))
                .isInstanceOf(RequestException.class)
                .hasMessageStartingWith("latents: got ");
    }

    @Test
    void weightsLiveAsLongAsAPipelineThatSharesThem() {
        DiffusionPipeline first =
                DiffusionPipeline.load(Fixtures.path("checkpoints/sd15"), ENGINE, LoadOptions.DEFAULT);
        DiffusionPipeline second = first.withScheduler(first.scheduler());
        first.close();
        first.close();
        assertThatThrownBy(() -> first.generate(request().build()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("after close");
        assertThat(second.generate(request().build()).seeds()).containsExactly(1L);
        second.close();
        assertThatThrownBy(() -> second.generate(request().build())).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void refusesAFolderOfAnotherPipeline() {
        assertThatThrownBy(() ->
                        StableDiffusionXLPipeline.load(Fixtures.path("checkpoints/sd15"), ENGINE, LoadOptions.DEFAULT))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("_class_name: expected StableDiffusionXLPipeline");
    }
}
