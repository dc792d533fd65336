package io.github.tintype.pipelines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.Fixtures;
import io.github.tintype.cpu.CpuDevice;
import io.github.tintype.runtime.Engine;
import io.github.tintype.tensor.DeviceException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a pipeline says that it needs, against what it uses. */
class MemoryNeedTest {
    /* Latents, embeddings, the alignment of each block, and what two threads work with. */
    private static final long BESIDES = 8 << 20;

    private static GenerateRequest request() {
        return GenerateRequest.builder("a fox")
                .height(512)
                .width(640)
                .numInferenceSteps(2)
                .seed(1)
                .build();
    }

    private static MemoryNeed need(String model) {
        try (Engine engine = Engine.on(CpuDevice.open(2));
                DiffusionPipeline pipeline =
                        DiffusionPipeline.load(Fixtures.path("checkpoints/" + model), engine, LoadOptions.DEFAULT)) {
            long before = engine.memory().peak();
            MemoryNeed need = pipeline.memory(request());
            assertThat(engine.memory().peak() - before)
                    .as("planning binds nothing")
                    .isZero();
            return need;
        }
    }

    private static long peak(String model, long budget) {
        try (Engine engine = Engine.on(CpuDevice.open(2), budget);
                DiffusionPipeline pipeline =
                        DiffusionPipeline.load(Fixtures.path("checkpoints/" + model), engine, LoadOptions.DEFAULT)) {
            pipeline.generate(request());
            return engine.memory().peak();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"sd15", "sdxl-base"})
    void aBudgetOfThatMuchIsEnoughAndLessIsNot(String model) {
        MemoryNeed need = need(model);
        assertThat(need.largest().component()).isEqualTo(PipelineComponent.VAE_DECODE);
        assertThat(need.parts())
                .allSatisfy(part -> assertThat(part.memory().weightBytes()).isPositive());
        assertThat(need.peakBytes()).isGreaterThan(4 * BESIDES);
        assertThat(peak(model, need.peakBytes() + BESIDES)).isGreaterThanOrEqualTo(need.peakBytes());
        assertThatThrownBy(() -> peak(model, need.peakBytes() - 1)).isInstanceOf(DeviceException.class);
    }
}
