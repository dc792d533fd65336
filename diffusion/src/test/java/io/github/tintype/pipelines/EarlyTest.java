package io.github.tintype.pipelines;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.capture.CompileListener;
import io.github.tintype.capture.Explanation;
import io.github.tintype.compile.Plan;
import io.github.tintype.cpu.CpuDevice;
import io.github.tintype.random.TorchGenerator;
import io.github.tintype.runtime.Engine;
import io.github.tintype.trace.Region;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** UNet and VAE are loaded beside the prompts: just what their calls want, to the same picture. */
class EarlyTest {
    private static final Path MODEL = Path.of("../models/tiny-cartoon-sdxl/pipeline");
    private static final Engine ENGINE = Engine.on(CpuDevice.open(2));

    @AfterAll
    static void close() {
        ENGINE.close();
    }

    private static DiffusionPipeline load(CompileListener listener) {
        return DiffusionPipeline.load(MODEL, ENGINE, LoadOptions.DEFAULT.withListener(listener));
    }

    static Stream<Arguments> requests() {
        TorchGenerator random = new TorchGenerator(3);
        return Stream.of(
                request("usual", builder -> builder),
                request("two pictures", builder -> builder.numImagesPerPrompt(2)),
                request("another size", builder -> builder.height(64).width(96)),
                request("unguided", builder -> builder.guidanceScale(1)),
                request("latents", builder -> builder.outputType(OutputType.LATENT)),
                Arguments.of(
                        "embeddings",
                        GenerateRequest.builder()
                                .promptEmbeds(random.randn(1, 9, 128))
                                .pooledPromptEmbeds(random.randn(1, 64))
                                .numInferenceSteps(2)
                                .seeds(List.of(1L))
                                .build()));
    }

    private static Arguments request(String name, UnaryOperator<GenerateRequest.Builder> more) {
        GenerateRequest.Builder builder =
                GenerateRequest.builder("a cat").numInferenceSteps(2).seeds(List.of(1L));
        return Arguments.of(name, more.apply(builder).build());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("requests")
    void oneProgramServesLoadingAndCalls(String name, GenerateRequest request) {
        try (DiffusionPipeline early = load(CompileListener.NONE);
                DiffusionPipeline late = load(new CompileListener() {})) {
            GenerateResult result = early.generate(request);
            GenerateResult wanted = late.generate(request);
            assertThat(result.latents().toFloats())
                    .containsExactly(wanted.latents().toFloats());
            assertThat(result.images()).hasSameSizeAs(wanted.images());
            for (int i = 0; i < result.images().size(); i++) {
                assertThat(result.images().get(i).toFloats())
                        .containsExactly(wanted.images().get(i).toFloats());
            }
            assertThat(early.explain()).hasSameSizeAs(late.explain());
            for (int i = 0; i < early.explain().size(); i++) {
                Explanation got = early.explain().get(i);
                assertThat(programs(got)).isEqualTo(programs(late.explain().get(i)));
                assertThat(got.recompiles()).isEmpty();
            }
        }
    }

    private static List<Integer> programs(Explanation explanation) {
        return explanation.graphs().stream().map(graph -> graph.sizes().size()).toList();
    }

    /* The order of what is heard is that of the calls, on their thread. */
    @Test
    void nothingIsEarlyWhereSomebodyListens() {
        Map<String, Thread> planned = threads(false);
        assertThat(planned).containsKeys("text_encoder_2.0", "unet.0", "vae.decode.0");
        assertThat(planned.values()).containsOnly(Thread.currentThread());
    }

    /* Who observes modules hears of those that his own thread calls. */
    @Test
    void nothingIsEarlyWhereModulesAreObserved() {
        Set<String> heard = new HashSet<>();
        Map<String, Thread> planned = Region.observe((path, _) -> heard.add(path), () -> threads(true));
        assertThat(heard).contains("conv_in", "decoder.conv_in");
        assertThat(planned.values()).containsOnly(Thread.currentThread());
    }

    @Test
    void unetAndVaeAreLoadedBesideThePrompts() {
        CountDownLatch vae = new CountDownLatch(1);
        Map<String, Thread> planned = threads(true, name -> {
            switch (name) {
                case "vae.decode.0" -> vae.countDown();
                case "text_encoder.0" -> assertThat(arrives(vae)).isTrue();
                default -> {}
            }
        });
        assertThat(planned.get("text_encoder_2.0")).isSameAs(Thread.currentThread());
        assertThat(planned.get("unet.0")).isNotSameAs(Thread.currentThread()).isSameAs(planned.get("vae.decode.0"));
    }

    private static boolean arrives(CountDownLatch latch) {
        try {
            return latch.await(60, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static Map<String, Thread> threads(boolean hearsNothing) {
        return threads(hearsNothing, _ -> {});
    }

    /* Which plan was made where, told to somebody who may say that he doesn't care; and what else is done there. */
    private static Map<String, Thread> threads(boolean hearsNothing, Consumer<String> meanwhile) {
        Map<String, Thread> planned = new ConcurrentHashMap<>();
        CompileListener listener = new CompileListener() {
            @Override
            public boolean hearsNothing() {
                return hearsNothing;
            }

            @Override
            public void onPlan(String name, Plan plan) {
                planned.put(name, Thread.currentThread());
                meanwhile.accept(name);
            }
        };
        try (DiffusionPipeline pipeline = load(listener)) {
            pipeline.generate(GenerateRequest.builder("a cat")
                    .numInferenceSteps(1)
                    .seeds(List.of(1L))
                    .build());
        }
        return planned;
    }
}
