package io.github.tintype.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.runtime.Engine;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ByteFloatsTest {
    /* Every byte, some hundred times over: several slices, and a last one that is shorter. */
    private static final long ELEMENTS = 256 * 600 + 17;

    @ParameterizedTest
    @CsvSource({"F8_E4M3, F32", "F8_E4M3, BF16", "F8_E4M3, F16", "F8_E5M2, F32", "F8_E5M2, BF16", "F8_E5M2, F16"})
    void eachByteIsWhatItStandsFor(DType from, DType to) {
        HostTensor bytes = HostTensor.allocate(TensorType.of(from, ELEMENTS));
        for (long i = 0; i < ELEMENTS; i++) {
            bytes.data().set(ValueLayout.JAVA_BYTE, i, (byte) (i * 7));
        }
        try (Engine engine = Engine.on(CpuDevice.open(2))) {
            HostTensor got = engine.tensor(bytes).to(to).toHost();
            assertThat(got.dtype()).isEqualTo(to);
            assertThat(got.toFloats()).isEqualTo(bytes.to(to).toFloats());
        }
    }
}
