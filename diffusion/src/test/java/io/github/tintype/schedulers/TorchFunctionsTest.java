package io.github.tintype.schedulers;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.Fixtures;
import io.github.tintype.tensor.HostTensor;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The roundings of torch, bit for bit. */
class TorchFunctionsTest {
    private final Map<String, HostTensor> golden = Fixtures.tensors(Fixtures.golden("torch-functions.safetensors"));

    @Test
    void squareRootIsTorchs() {
        assertThat(values("sqrt")).containsExactly(each(x -> TorchSqrt.sqrt((float) x)));
        assertThat(values("sqrt")).isNotEqualTo(each(x -> (float) Math.sqrt(x)));
    }

    @Test
    void logarithmIsTorchs() {
        assertThat(values("log")).containsExactly(each(x -> TorchLog.log((float) x)));
        assertThat(values("log")).isNotEqualTo(each(x -> (float) Math.log(x)));
    }

    @ParameterizedTest
    @ValueSource(floats = {0f, -0f, -1f, Float.MIN_VALUE, Float.POSITIVE_INFINITY, Float.NaN})
    void outsideOfTheirRangeTheyAreCorrectlyRounded(float x) {
        assertThat(Float.floatToIntBits(TorchSqrt.sqrt(x))).isEqualTo(Float.floatToIntBits((float) Math.sqrt(x)));
        assertThat(Float.floatToIntBits(TorchLog.log(x))).isEqualTo(Float.floatToIntBits((float) Math.log(x)));
    }

    private double[] each(DoubleUnaryOperator function) {
        double[] results = values("x");
        for (int i = 0; i < results.length; i++) {
            results[i] = function.applyAsDouble(results[i]);
        }
        return results;
    }

    private double[] values(String name) {
        HostTensor tensor = Optional.ofNullable(golden.get(name)).orElseThrow();
        double[] values = new double[(int) tensor.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = tensor.getDouble(i);
        }
        return values;
    }
}
