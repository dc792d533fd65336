package io.github.tintype.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.device.Layout;
import io.github.tintype.device.NativeMemory;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Conversions by all threads from any layout with runs, element by element. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ConversionTest {
    private Cpu cpu;

    /** A shape, how it lies, and what it becomes. */
    record Case(Shape shape, Layout from, Layout to) {}

    @BeforeAll
    void open() {
        cpu = Cpu.open(3);
    }

    @AfterAll
    void close() {
        cpu.close();
    }

    static List<Case> cases() {
        Shape rows = Shape.of(300, 257);
        Shape heads = Shape.of(2, 3, 700, 17);
        Shape image = Shape.of(2, 5, 33, 31);
        return List.of(
                new Case(new Shape(List.of()), Layout.of(), Layout.of()),
                new Case(rows, Layout.contiguous(rows), Layout.contiguous(rows)),
                new Case(rows, Layout.of(260, 1), Layout.contiguous(rows)),
                new Case(heads, Layout.of(700 * 51 * 3, 17, 51 * 3, 1), Layout.of(700 * 51, 17, 51, 1)),
                new Case(image, Layout.channelsLast(image), Layout.channelsLast(image)),
                new Case(Shape.of(1, 1, 500_001), Layout.of(7, 9, 1), Layout.of(1, 1, 1)));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void isElementByElement(Case test) {
        for (DType half : List.of(DType.BF16, DType.F16)) {
            check(test, half, DType.F32);
            check(test, DType.F32, half);
        }
    }

    private void check(Case test, DType from, DType to) {
        assertThat(Conversion.fits(test.shape(), test.from(), test.to())).isTrue();
        long elements = test.shape().elements();
        long span = test.from().span(test.shape());
        try (NativeMemory.Block source = cpu.memory().allocate(span * from.bytes(), "a test");
                NativeMemory.Block target = cpu.memory().allocate(elements * to.bytes(), "a test")) {
            for (long i = 0; i < span; i++) {
                HostTensor.set(from, source.segment(), i, i % 1021 - 500.5);
            }
            Conversion.of(cpu, from, to, test.shape(), test.from(), test.to())
                    .run(source.segment().address(), target.segment().address(), () -> false);
            HostTensor wanted = HostTensor.allocate(TensorType.of(to));
            for (long i = 0; i < elements; i++) {
                double value = HostTensor.get(from, source.segment(), at(test.shape(), test.from(), i));
                HostTensor.set(to, wanted.data(), 0, value);
                double got = HostTensor.get(to, target.segment(), at(test.shape(), test.to(), i));
                if (got != wanted.getDouble(0)) {
                    throw new AssertionError("element %d: got %s, wanted %s".formatted(i, got, wanted.getDouble(0)));
                }
            }
        }
    }

    private static long at(Shape shape, Layout layout, long element) {
        long offset = 0;
        long rest = element;
        for (int axis = shape.rank() - 1; axis >= 0; axis--) {
            offset += rest % shape.size(axis) * layout.stride(axis);
            rest /= shape.size(axis);
        }
        return offset;
    }

    @Test
    void doesNotFitWhereNoRunIsLeft() {
        Shape shape = Shape.of(5, 7);
        assertThat(Conversion.fits(shape, Layout.of(1, 5), Layout.contiguous(shape)))
                .isFalse();
        assertThat(Conversion.fits(shape, Layout.of(14, 2), Layout.contiguous(shape)))
                .isFalse();
        assertThat(Conversion.fits(shape, Layout.of(1, 0), Layout.contiguous(shape)))
                .isFalse();
    }

    @Test
    void stopsWhenCancelled() {
        try (Floats x = Floats.random(1 << 20, 1);
                Floats y = Floats.poisoned(1 << 19)) {
            assertThat(Conversion.of(cpu, DType.F32, DType.BF16, 1 << 20).run(x.address(), y.address(), () -> true))
                    .isFalse();
            y.isCloseTo(i -> Double.NaN, 0);
        }
    }
}
