package io.github.tintype.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.DenseWeight;
import io.github.tintype.tensor.HostTensor;
import org.junit.jupiter.api.Test;

class RandomWeightsTest {
    private static HostTensor values(RandomWeights weights, String name, long... shape) {
        return ((DenseWeight) weights.get(name, shape)).source();
    }

    @Test
    void matricesHaveTheDeviationThatKeepsActivationsNearOne() {
        float[] values =
                values(new RandomWeights(DType.F32), "weight", 64, 16, 5, 5).toFloats();
        double squares = 0;
        for (float value : values) {
            squares += value * value;
        }
        assertThat(Math.sqrt(squares / values.length)).isCloseTo(1.0 / 20, within(0.001));
    }

    @Test
    void equalPathsHaveEqualValuesAndOthersDiffer() {
        float[] once =
                values(new RandomWeights(DType.F16).at("a"), "weight", 8, 8).toFloats();
        RandomWeights again = new RandomWeights(DType.F16);
        assertThat(values(again.at("a"), "weight", 8, 8).toFloats()).isEqualTo(once);
        assertThat(values(again.at("b"), "weight", 8, 8).toFloats()).isNotEqualTo(once);
    }
}
