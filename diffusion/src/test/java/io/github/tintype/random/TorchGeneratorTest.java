package io.github.tintype.random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tintype.Fixtures;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.UnsupportedOpException;
import java.lang.foreign.ValueLayout;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Against torch 2.15's own numbers. Everything is exact but float64 normals, where libm's last bit differs from Java's. */
class TorchGeneratorTest {
    private static final Map<String, HostTensor> GOLDEN = Fixtures.tensors("random/random.safetensors");

    static Stream<String> singleDraws() {
        return GOLDEN.keySet().stream().filter(key -> !key.startsWith("sequence/"));
    }

    @ParameterizedTest
    @MethodSource("singleDraws")
    void drawsWhatTorchDraws(String key) {
        HostTensor want = Objects.requireNonNull(GOLDEN.get(key));
        String[] parts = key.split("/", -1);
        TorchGenerator generator = new TorchGenerator(Long.parseLong(parts[1].substring("seed".length())));
        long[] shape = want.type().shape().sizes();
        DType dtype = want.type().dtype();
        HostTensor got = switch (parts[0]) {
            case "randn" -> generator.randn(dtype, shape);
            case "rand" -> generator.rand(dtype, shape);
            case "randperm" -> generator.randperm((int) shape[0]);
            case "randint" -> {
                String[] range = parts[2].split("_", -1);
                yield generator.randint(Long.parseLong(range[0]), Long.parseLong(range[1]), shape);
            }
            default -> throw new IllegalArgumentException(key);
        };
        assertSame(got, want);
    }

    /** The second number of a pair stays cached across other draws; float64, float32 and half draws take turns. */
    @Test
    void keepsTheStateOfTheStreamOverManyDraws() {
        Map<String, TorchGenerator> generators = new HashMap<>();
        GOLDEN.forEach((key, want) -> {
            String[] parts = key.split("/", -1);
            if (parts[0].equals("sequence")) {
                TorchGenerator generator = generators.computeIfAbsent(
                        parts[1], seed -> new TorchGenerator(Long.parseLong(seed.substring("seed".length()))));
                assertSame(
                        generator.randn(want.type().dtype(), want.type().shape().sizes()), want);
            }
        });
        assertThat(generators).hasSize(5);
    }

    /** Hashes of torch 2.15's little-endian float32 bytes. */
    @ParameterizedTest
    @CsvSource({
        "0, 4, 64, 24efac55b39e95b2d74d8fb5b3a8e8a8e808bd04129f260c4cdbb225bb952a4d",
        "42, 4, 64, e97f3de04c7c6ba86354db4402b91d4402ede9c72aabed29a96dd7d635a798ba",
        "42, 4, 128, 23c72e908d9e3fbe50836a02f09ccde0acfcf28c00dec75b986c49dadf0c115e",
        "42, 16, 128, 9d775f7135ddb2c8e138af1eeef8cdc1aeb25afeba22820c28e98f22794622f7",
    })
    void drawsTheLatentsOfRealModels(long seed, long channels, long side, String sha256) throws Exception {
        HostTensor latents = new TorchGenerator(seed).randn(1, channels, side, side);
        byte[] bytes = latents.data().toArray(ValueLayout.JAVA_BYTE);
        assertThat(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes)))
                .isEqualTo(sha256);
    }

    @Test
    void onlyTheLow32BitsOfTheSeedCount() {
        assertThat(new TorchGenerator(7 + (1L << 32)).randn(20).toFloats())
                .isEqualTo(new TorchGenerator(7).randn(20).toFloats());
        assertThat(new TorchGenerator(8).randn(20).toFloats())
                .isNotEqualTo(new TorchGenerator(7).randn(20).toFloats());
    }

    @Test
    void refusesWhatTorchRefuses() {
        TorchGenerator generator = new TorchGenerator(0);
        assertThatThrownBy(() -> generator.randn(DType.I64, 4))
                .isInstanceOf(UnsupportedOpException.class)
                .hasMessage("randn: got I64, wanted F32, F16, BF16 or F64");
        assertThatThrownBy(() -> generator.randint(3, 3, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("[3, 3)");
    }

    private static void assertSame(HostTensor got, HostTensor want) {
        assertThat(got.type()).isEqualTo(want.type());
        if (got.type().dtype() != DType.F64) {
            assertThat(got.data().toArray(ValueLayout.JAVA_BYTE))
                    .isEqualTo(want.data().toArray(ValueLayout.JAVA_BYTE));
            return;
        }
        for (long i = 0; i < want.type().shape().elements(); i++) {
            double value = want.getDouble(i);
            assertThat(got.getDouble(i)).isCloseTo(value, within(4 * Math.ulp(value)));
        }
    }
}
