package io.github.tintype.nn;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.models.Oracle;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.trace.Tensor;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class LayersTest {
    private final Oracle oracle = new Oracle();

    @Test
    void timestepsAreSinesThenCosinesOfFallingFrequencies() {
        Tensor t = Tensor.of(HostTensor.ofFloats(new float[] {0, 2}, 2));
        float[] values =
                oracle.read(Timesteps.of("time_proj", 4, false, 1).call(t)).toFloats();
        assertThat(values)
                .containsExactly(
                        new float[] {0, 0, 1, 1, (float) Math.sin(2), 2e-4f, (float) Math.cos(2), 1},
                        Offset.offset(1e-6f));
    }

    @Test
    void timestepsFlipAndPadOddChannels() {
        Tensor t = Tensor.of(HostTensor.ofFloats(new float[] {1}, 1));
        float[] values =
                oracle.read(Timesteps.of("time_proj", 3, true, 0).call(t)).toFloats();
        assertThat(values)
                .containsExactly(new float[] {(float) Math.cos(1), (float) Math.sin(1), 0}, Offset.offset(1e-6f));
    }

    @Test
    void mishStaysFinite() {
        Tensor x = Tensor.of(HostTensor.ofFloats(new float[] {-1000, 0, 1, 1000}, 4));
        assertThat(oracle.read(Activation.MISH.apply(x)).toFloats())
                .containsExactly(new float[] {0, 0, 0.865098f, 1000}, Offset.offset(1e-5f));
    }

    @Test
    void namesOfActivations() {
        assertThat(Activation.named("swish")).contains(Activation.SILU);
        assertThat(Activation.named("magic")).isEmpty();
    }
}
