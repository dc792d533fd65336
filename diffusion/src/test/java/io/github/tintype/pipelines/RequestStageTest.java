package io.github.tintype.pipelines;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.Fixtures;
import io.github.tintype.capture.CompileListener;
import io.github.tintype.capture.CompileOptions;
import io.github.tintype.capture.Compiled;
import io.github.tintype.capture.Compiler;
import io.github.tintype.capture.Explanation;
import io.github.tintype.cpu.CpuDevice;
import io.github.tintype.io.Checkpoint;
import io.github.tintype.io.ModelFolder;
import io.github.tintype.models.unet.UNet2DConditionConfig;
import io.github.tintype.models.unet.UNet2DConditionModel;
import io.github.tintype.nn.Weights;
import io.github.tintype.random.TorchGenerator;
import io.github.tintype.runtime.Cancellation;
import io.github.tintype.runtime.Engine;
import io.github.tintype.runtime.Profile;
import io.github.tintype.runtime.RunContext;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.trace.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What the UNet's conditioning alone decides is computed once for a prompt: the fixture of SDXL on the CPU device. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RequestStageTest {
    private static final Path FOLDER = Fixtures.path("checkpoints/sdxl-base");
    private static final CompileOptions WHOLE = CompileOptions.DEFAULT.withFullgraph(true);

    private final Engine engine = Engine.on(CpuDevice.open(2));
    private final Compiler compiler = new Compiler(engine, CompileListener.NONE);
    private final TorchGenerator noise = new TorchGenerator(3);

    @AfterAll
    void close() {
        engine.close();
    }

    private Tensor randn(long... sizes) {
        return engine.tensor(noise.randn(sizes));
    }

    private static RunContext profiled(Profile profile) {
        return new RunContext(new Cancellation(), Optional.of(profile));
    }

    private static Map<String, Long> kernels(Profile profile) {
        return profile.entries().stream().collect(Collectors.groupingBy(Profile.Entry::program, Collectors.counting()));
    }

    private UNet2DConditionModel.Input step(UNet2DConditionModel.Input prompt, double timestep) {
        return new UNet2DConditionModel.Input(
                randn(2, 4, 9, 13),
                engine.tensor(HostTensor.ofFloats(new float[] {(float) timestep}, 1)),
                prompt.encoderHiddenStates(),
                prompt.addedCond());
    }

    private UNet2DConditionModel.Input prompt(UNet2DConditionConfig config) {
        UNet2DConditionConfig.TextTime textTime = config.textTime().orElseThrow();
        int pooled = textTime.projectionClassEmbeddingsInputDim() - 6 * textTime.additionTimeEmbedDim();
        Tensor text = randn(2, 77, config.crossAttentionDim().getFirst());
        return new UNet2DConditionModel.Input(
                text, text, text, Optional.of(new UNet2DConditionModel.AddedCond(randn(2, pooled), randn(2, 6))));
    }

    @Test
    void laterStepsSaveTheKeysAndValuesAndGiveTheSameBits() {
        ModelFolder folder = ModelFolder.open(FOLDER);
        UNet2DConditionConfig config = UNet2DConditionConfig.parse(folder.config("unet"));
        CompileOptions inSteps = WHOLE.withRequestArguments(UNet2DConditionModel.REQUEST_ARGUMENTS);
        try (Checkpoint checkpoint = folder.checkpoint("unet", Optional.empty())) {
            UNet2DConditionModel unet = Weights.load(checkpoint, DType.F32, w -> UNet2DConditionModel.load(w, config));
            try (Compiled<UNet2DConditionModel.Input, Tensor> split = compiler.compile("split", unet::call, inSteps);
                    Compiled<UNet2DConditionModel.Input, Tensor> whole = compiler.compile("whole", unet::call, WHOLE)) {
                List<UNet2DConditionModel.Input> prompts = List.of(prompt(config), prompt(config));
                Profile profile = new Profile();
                Profile wholeProfile = new Profile();
                for (int i = 0; i < 6; i++) {
                    UNet2DConditionModel.Input step = step(prompts.get(i % 2), 900 - 100 * i);
                    Tensor got = split.call(step, profiled(profile));
                    Tensor want = whole.call(step, profiled(wholeProfile));
                    assertThat(got.toHost().toFloats())
                            .as("step %d", i)
                            .isEqualTo(want.toHost().toFloats());
                }
                long all = kernels(wholeProfile).getOrDefault("whole.0", 0L) / 6;
                long steps = kernels(profile).getOrDefault("split.0", 0L) / 6;
                long request = kernels(profile).getOrDefault("split.0.request", 0L) / 2;
                assertThat(List.of(all, steps, request))
                        .as("kernel calls unsplit, of a step and of a request")
                        .containsExactly(379L, 359L, 20L);
            }
        }
    }

    @Test
    void aPipelineRunsTheRequestOnceForItsPrompt() {
        try (DiffusionPipeline loaded = DiffusionPipeline.load(FOLDER, engine, LoadOptions.DEFAULT);
                DiffusionPipeline compiled = loaded.compile(PipelineComponent.UNET, compiler, WHOLE)) {
            List<Long> requests = new ArrayList<>();
            for (String prompt : List.of("a fox", "a hen")) {
                Profile profile = new Profile();
                GenerateRequest.Builder request = GenerateRequest.builder(prompt)
                        .height(16)
                        .width(16)
                        .numInferenceSteps(3)
                        .seed(1)
                        .outputType(OutputType.LATENT);
                float[] got = compiled.generate(
                                request.context(profiled(profile)).build())
                        .latents()
                        .toFloats();
                requests.add(kernels(profile).getOrDefault("unet.0.request", 0L));
                assertThat(got).hasSize(16);
            }
            Explanation.Sizes sizes =
                    compiled.explain().get(2).graphs().getFirst().sizes().getFirst();
            long once = sizes.request().orElseThrow().calls().size();
            assertThat(requests).containsExactly(once, once);
        }
    }
}
