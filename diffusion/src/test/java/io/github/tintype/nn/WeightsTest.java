package io.github.tintype.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.io.Checkpoint;
import io.github.tintype.io.ModelFormatException;
import io.github.tintype.io.SafetensorsWriter;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WeightsTest {
    @TempDir
    private Path folder = Path.of(".");

    private Checkpoint checkpoint(Map<String, HostTensor> tensors) {
        Path file = folder.resolve("model.safetensors");
        SafetensorsWriter.write(file, tensors, Map.of());
        return Checkpoint.ofFile(file);
    }

    private static HostTensor floats(long... shape) {
        return HostTensor.allocate(TensorType.of(DType.F32, shape));
    }

    @Test
    void readsByPathAndComputesInTheAskedType() {
        try (Checkpoint checkpoint = checkpoint(
                Map.of("a.b.weight", floats(3, 2), "a.b.bias", floats(3).to(DType.F16)))) {
            Linear linear = Weights.load(
                    checkpoint, DType.BF16, w -> Linear.load(w.at("a").at("b"), 2, 3, true));
            assertThat(linear.path()).isEqualTo("a.b");
            assertThat(linear.weight().name()).isEqualTo("a.b.weight");
            assertThat(linear.weight().type()).isEqualTo(TensorType.of(DType.BF16, 3, 2));
            assertThat(linear.bias().orElseThrow().type()).isEqualTo(TensorType.of(DType.BF16, 3));
        }
    }

    @Test
    void allProblemsAreReportedAtOnce() {
        Map<String, HostTensor> tensors = new LinkedHashMap<>();
        tensors.put("fc.weight", floats(2, 3));
        tensors.put("stray", floats(1));
        try (Checkpoint checkpoint = checkpoint(tensors)) {
            assertThatThrownBy(() -> Weights.load(checkpoint, DType.F32, w -> Linear.load(w.at("fc"), 2, 3, true)))
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageContaining("2 of the parameters")
                    .hasMessageContaining("fc.weight: wanted float[3,2], found f32[2,3]")
                    .hasMessageContaining("missing fc.bias, wanted [3]")
                    .hasMessageContaining("stray");
        }
    }

    @Test
    void onlyTheFirstTenAreSpelledOut() {
        try (Checkpoint checkpoint = checkpoint(Map.of("x", floats(1)))) {
            CheckpointWeights weights = Weights.of(checkpoint, DType.F32);
            for (int i = 0; i < 12; i++) {
                weights.get("missing" + i, 1L << 40, 1L << 10); // nothing is allocated for them
            }
            assertThatThrownBy(weights::requireComplete)
                    .hasMessageContaining("12 of the parameters")
                    .hasMessageContaining("missing9")
                    .hasMessageNotContaining("missing10")
                    .hasMessageContaining("and 2 more");
        }
    }

    @Test
    void integersAreNoParameters() {
        try (Checkpoint checkpoint = checkpoint(Map.of("weight", HostTensor.ofLongs(new long[] {1, 2}, 2, 1)))) {
            assertThatThrownBy(() -> Weights.load(checkpoint, DType.F32, w -> Embedding.load(w, 2, 1)))
                    .hasMessageContaining("weight: wanted float[2,1], found i64[2,1]");
        }
    }

    @Test
    void extraTensorsAreNoErrorButKnown() {
        try (Checkpoint checkpoint =
                checkpoint(Map.of("weight", floats(2, 1), "extra", floats(1), "known", floats(1)))) {
            CheckpointWeights weights = Weights.of(checkpoint, DType.F32);
            assertThat(Embedding.load(weights, 2, 1)).isNotNull();
            weights.ignore("known");
            weights.requireComplete();
            assertThat(weights.unused()).containsExactly("extra");
            assertThat(weights.find("none", 1)).isEmpty();
            assertThat(weights.find("extra", 1)).isPresent();
            assertThat(weights.has("weigh")).isFalse();
            assertThat(weights.has("weight")).isTrue();
        }
    }

    @Test
    void groupsMustDivideTheChannels() {
        Weights.Recorder recorder = new Weights.Recorder(DType.F32);
        assertThatThrownBy(() -> GroupNorm.load(recorder.at("norm"), 3, 8, 1e-5))
                .isInstanceOf(ModelFormatException.class)
                .hasMessage("norm: got 3 groups, wanted a divisor of 8 channels");
    }

    @Test
    void theRecorderListsNamesAndShapes() {
        Weights.Recorder recorder = new Weights.Recorder(DType.F16);
        assertThat(Conv2d.load(recorder.at("conv"), 4, 8, 3, 1, 1, true)).isNotNull();
        assertThat(recorder.parameters())
                .containsExactly(
                        Map.entry("conv.weight", TensorType.of(DType.F16, 8, 4, 3, 3)),
                        Map.entry("conv.bias", TensorType.of(DType.F16, 8)));
    }
}
