package io.github.tintype.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import io.github.tintype.code.Target;
import io.github.tintype.code.cache.CacheRoot;
import io.github.tintype.device.MatmulPrecision;
import io.github.tintype.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FpMathTest {
    @ParameterizedTest
    @CsvSource({
        "HIGHEST, +avx512bf16, STRICT",
        "HIGH, +avx512bf16, STRICT",
        "MEDIUM, +avx512bf16, BF16",
        "MEDIUM, '+avx512vnni,+amx-bf16', BF16",
        "MEDIUM, +avx512vnni, STRICT",
        "MEDIUM, '', STRICT"
    })
    void onlyMediumHasAFasterWayAndOnlyWhereBf16IsMultiplied(MatmulPrecision precision, String features, FpMath math) {
        Target target = new Target("x86_64-unknown-linux-gnu", "x86-64-v4", features, 16);
        assertThat(FpMath.of(precision, target)).isEqualTo(math);
    }

    /* Equal where the processor has no such products, near where it has. */
    @Test
    void productsInBf16AreNearThoseInF32() {
        float[] strict = product(FpMath.STRICT);
        float[] relaxed = product(FpMath.BF16);
        for (int i = 0; i < strict.length; i++) {
            assertThat(relaxed[i]).isCloseTo(strict[i], offset(0.15f));
        }
    }

    private static float[] product(FpMath math) {
        int size = 64;
        SplittableRandom random = new SplittableRandom(3);
        MemoryDesc matrix = MemoryDesc.dense(DType.F32, size, size);
        try (Cpu cpu = Cpu.open(1, false, math, CacheRoot.here().resolve("native"));
                Primitive product = cpu.dnn().matmul(matrix, matrix, Optional.empty(), matrix, List.of());
                Arena arena = Arena.ofConfined()) {
            long bytes = (long) size * size * Float.BYTES;
            MemorySegment memory = arena.allocate(3 * bytes + product.scratchBytes(), 64);
            for (int i = 0; i < 2 * size * size; i++) {
                memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
            }
            long at = memory.address();
            cpu.pool()
                    .parallelFor(
                            1, (_, worker) -> product.execute(worker, at, at + bytes, at + 2 * bytes), () -> false);
            return memory.asSlice(2 * bytes, bytes).toArray(ValueLayout.JAVA_FLOAT);
        }
    }

    @Test
    void whereItHasNoEffectThatIsSaid() {
        List<String> said = new ArrayList<>();
        Logger logger = Logger.getLogger(CpuDevice.class.getName());
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord logged) {
                said.add(new SimpleFormatter().formatMessage(logged));
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        logger.addHandler(handler);
        try {
            CpuDevice.open(CpuDevice.Settings.here().withThreads(1).withMatmulPrecision(MatmulPrecision.HIGH))
                    .close();
        } finally {
            logger.removeHandler(handler);
        }
        assertThat(said)
                .containsExactly(
                        "cpu: matmul precision high has no effect here: this processor has no products of tf32, so they are those of f32");
    }
}
