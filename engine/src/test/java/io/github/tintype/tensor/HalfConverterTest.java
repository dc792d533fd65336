package io.github.tintype.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Conversions between f32, f16 and bf16 against those of single elements, which are written apart, and against IEEE 754's rules. */
final class HalfConverterTest {
    private static HostTensor converted(HostTensor from, DType to) {
        HostTensor result = HostTensor.allocate(from.type().with(to));
        new HalfConverter().convert(from.data(), 0, from.dtype(), result.data(), 0, to, from.elements());
        return result;
    }

    /* By HostTensor's conversions of one element, through double. */
    private static HostTensor oneByOne(HostTensor from, DType to) {
        HostTensor result = HostTensor.allocate(from.type().with(to));
        for (long i = 0; i < from.elements(); i++) {
            result.setDouble(i, from.getDouble(i));
        }
        return result;
    }

    private static void assertSame(HostTensor actual, HostTensor expected) {
        for (long i = 0; i < expected.elements(); i++) {
            if (Double.compare(actual.getDouble(i), expected.getDouble(i)) != 0) {
                throw new AssertionError(
                        "element %d: got %s, wanted %s".formatted(i, actual.getDouble(i), expected.getDouble(i)));
            }
        }
    }

    private static HostTensor allHalves(DType dtype) {
        HostTensor halves = HostTensor.allocate(TensorType.of(dtype, 1 << 16));
        for (int i = 0; i < 1 << 16; i++) {
            halves.data().setAtIndex(java.lang.foreign.ValueLayout.JAVA_SHORT, i, (short) i);
        }
        return halves;
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"F16", "BF16"})
    void widensEveryValueExactly(DType dtype) {
        HostTensor halves = allHalves(dtype);
        HostTensor wide = converted(halves, DType.F32);
        assertSame(wide, oneByOne(halves, DType.F32));
        assertSame(converted(wide, dtype), halves);
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"F16", "BF16"})
    void roundsEveryExponentAsOneElementIsRounded(DType dtype) {
        SplittableRandom random = new SplittableRandom(1);
        HostTensor floats = HostTensor.allocate(TensorType.of(DType.F32, 1 << 18));
        for (int i = 0; i < 1 << 18; i++) {
            int bits = random.nextInt();
            int tie = i % 3 == 0 ? bits & 0xffff8000 : i % 3 == 1 ? bits & 0xfffff000 : bits; // bf16's, f16's
            floats.data().setAtIndex(java.lang.foreign.ValueLayout.JAVA_INT, i, tie);
        }
        assertSame(converted(floats, dtype), oneByOne(floats, dtype));
    }

    @ParameterizedTest
    @CsvSource({
        "BF16, 0x1.01p0, 0x1.00p0", // ties go to even
        "BF16, 0x1.03p0, 0x1.04p0",
        "BF16, 0x1.010002p0, 0x1.02p0",
        "BF16, 0x1.fffffep127, Infinity",
        "BF16, 0x1.fe8p127, 0x1.fep127",
        "BF16, -0.0, -0.0",
        "F16, 0x1.002p0, 0x1.000p0",
        "F16, 0x1.006p0, 0x1.008p0",
        "F16, 65519, 65504",
        "F16, 65520, Infinity",
        "F16, 0x1p-25, 0",
        "F16, 0x1.8p-25, 0x1p-24",
        "F16, -Infinity, -Infinity",
    })
    void roundsToNearestEven(DType dtype, float value, float wanted) {
        HostTensor result = converted(HostTensor.ofFloats(new float[] {value}, 1), dtype);
        assertThat(result.getDouble(0)).isEqualTo(Double.valueOf(wanted));
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"F16", "BF16"})
    void noNaNBecomesInfinity(DType dtype) {
        for (int payload : new int[] {0x7f800001, 0xff800001, 0x7fffffff, 0xffffffff, 0x7fc00000, 0x7f80ffff}) {
            HostTensor nan = HostTensor.ofFloats(new float[] {Float.intBitsToFloat(payload)}, 1);
            assertThat(converted(nan, dtype).getDouble(0)).isNaN();
        }
    }

    @Test
    void convertsBetweenTheTwo() {
        HostTensor halves = allHalves(DType.F16);
        assertSame(converted(halves, DType.BF16), oneByOne(halves, DType.BF16));
        HostTensor brain = allHalves(DType.BF16);
        assertSame(converted(brain, DType.F16), oneByOne(brain, DType.F16));
    }

    @Test
    void writesSoManyElementsAndNoMore() {
        for (long count : new long[] {0, 1, 3, 2047, 2048, 2049, 5000}) {
            HostTensor from = HostTensor.allocate(TensorType.of(DType.F32, count + 2));
            for (long i = 0; i < from.elements(); i++) {
                from.setDouble(i, (double) (1 + i % 100));
            }
            for (HalfConverter converter : List.of(new HalfConverter(), new HalfConverter(count))) {
                HostTensor to = HostTensor.allocate(TensorType.of(DType.BF16, count + 4));
                MemorySegment target = to.data();
                converter.convert(from.data(), 4, DType.F32, target, 4, DType.BF16, count);
                for (long i = 0; i < to.elements(); i++) {
                    boolean inside = i >= 2 && i < count + 2;
                    assertThat(to.getDouble(i)).isEqualTo(inside ? from.getDouble(i - 1) : 0);
                }
            }
        }
    }

    @Test
    void otherTypesAreAnError() {
        HostTensor one = HostTensor.allocate(TensorType.of(DType.F64, 1));
        assertThatThrownBy(() -> converted(one, DType.F16))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("got F64 to F16");
    }
}
