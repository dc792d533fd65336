package io.github.tintype.cpu;

import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.Shape;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Packing in slices, from any stored type, writes the bytes that one reorder of the library writes. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class WeightPackingTest {
    private Cpu cpu;

    @BeforeAll
    void open() {
        cpu = Cpu.open(3);
    }

    @AfterAll
    void close() {
        cpu.close();
    }

    @ParameterizedTest
    @CsvSource({"1,1", "77,40", "640,2048", "700,2048", "1281,1280", "3,300000"})
    void linearWeights(int n, int k) {
        MemoryDesc.Strided plain = new MemoryDesc.Strided(DType.F32, Shape.of(k, n), Shape.of(1, k));
        MemoryDesc image = MemoryDesc.dense(DType.F32, 64, k);
        try (Primitive product = cpu.dnn()
                .matmul(
                        image,
                        MemoryDesc.any(DType.F32, k, n),
                        Optional.empty(),
                        MemoryDesc.dense(DType.F32, 64, n),
                        List.of())) {
            check(plain, product.layout(OneDnn.WEIGHTS), 1, n * k);
        }
    }

    @ParameterizedTest
    @CsvSource({"4,3", "320,320", "500,640", "130,2560"})
    void convolutionWeights(int o, int c) {
        Convolution kernel = new Convolution(cpu, Convolution.Spec.of(DType.F32, 1, c, 16, 16, o, 3, 1, 1, false));
        int length = o * c * 9;
        try (Floats weights = Floats.random(length, 5);
                Floats halves = halves(weights);
                Floats widened = widened(halves, length);
                Floats packed = Floats.poisoned((int) (kernel.packedBytes() / 4));
                Floats fromHalves = Floats.poisoned((int) (kernel.packedBytes() / 4))) {
            kernel.pack(widened.address(), DType.F32, packed.address());
            kernel.pack(halves.address(), DType.F16, fromHalves.address());
            assertThat(fromHalves.view().mismatch(packed.view())).isEqualTo(-1);
        }
    }

    private void check(MemoryDesc.Strided plain, MemoryDesc layout, int axis, int length) {
        try (Floats weights = Floats.random(length, 5);
                Floats halves = halves(weights);
                Floats widened = widened(halves, length);
                Floats packed = Floats.poisoned((int) (layout.bytes() / 4));
                Floats whole = Floats.poisoned((int) (layout.bytes() / 4));
                Primitive reorder = cpu.dnn().reorder(plain, layout)) {
            cpu.pool()
                    .parallelFor(
                            1,
                            (slice, worker) -> reorder.execute(worker, widened.address(), whole.address()),
                            () -> false);
            new WeightPacking(cpu, plain, (MemoryDesc.Packed) layout, axis)
                    .pack(halves.address(), DType.F16, packed.address());
            assertThat(packed.view().mismatch(whole.view())).isEqualTo(-1);
        }
    }

    /* Half as many floats hold as many halves. */
    private static Floats halves(Floats values) {
        Floats halves = Floats.poisoned((values.length() + 1) / 2);
        for (int i = 0; i < values.length(); i++) {
            halves.view().setAtIndex(JAVA_SHORT, i, Float.floatToFloat16(values.get(i)));
        }
        return halves;
    }

    private static Floats widened(Floats halves, int length) {
        Floats widened = Floats.poisoned(length);
        for (int i = 0; i < length; i++) {
            widened.set(i, Float.float16ToFloat(halves.view().getAtIndex(JAVA_SHORT, i)));
        }
        return widened;
    }
}
