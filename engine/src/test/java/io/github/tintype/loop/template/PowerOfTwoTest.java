package io.github.tintype.loop.template;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.loop.Argument;
import io.github.tintype.loop.Axis;
import io.github.tintype.loop.Index;
import io.github.tintype.loop.Kernel;
import io.github.tintype.loop.LoopInterpreter;
import io.github.tintype.loop.Memory;
import io.github.tintype.loop.Program;
import io.github.tintype.loop.Var;
import io.github.tintype.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class PowerOfTwoTest {
    private static final int COUNT = 1 << 16;

    private static float[] powers(float... x) {
        Memory.Buffer from = new Memory.Buffer("x", DType.F32);
        Memory.Buffer to = new Memory.Buffer("y", DType.F32);
        Argument.Size count = new Argument.Size("n");
        Var point = new Var("p0");
        TileBuilder b = new TileBuilder();
        b.store(to, Index.of(point), new PowerOfTwo(b).of(b.load(from, Index.of(point)))[0]);
        Kernel kernel = new Kernel("powers_0", List.of(new Axis(point, Index.of(count))), List.of(), b.body());
        Program program = new Program("powers", List.of(from, to), List.of(count), List.of(), List.of(kernel));
        float[] y = new float[x.length];
        new LoopInterpreter(
                        program,
                        List.of(MemorySegment.ofArray(x), MemorySegment.ofArray(y)),
                        List.of((long) x.length),
                        List.of())
                .run();
        return y;
    }

    @Test
    void isExactToOneUlp() {
        float[] x = new float[COUNT];
        int last = Float.floatToRawIntBits(126);
        int first = Float.floatToRawIntBits(1e-9f);
        for (int i = 0; i < COUNT; i++) {
            // Evenly by value at first, then evenly by bits.
            x[i] = i < COUNT / 2
                    ? -252f * i / COUNT
                    : -Float.intBitsToFloat((int) (first + (long) (last - first) * (i - COUNT / 2) / (COUNT / 2)));
        }
        float[] y = powers(x);
        for (int i = 0; i < COUNT; i++) {
            double wanted = Math.pow(2, x[i]);
            assertThat(Math.abs(y[i] - wanted) / Math.ulp((float) wanted))
                    .as("2^%s", x[i])
                    .isLessThanOrEqualTo(1);
        }
    }

    @Test
    void hasItsEnds() {
        float[] y = powers(0f, -0f, -126.5001f, -127f, -1000f, -Float.MAX_VALUE, Float.NEGATIVE_INFINITY, Float.NaN);
        assertThat(Arrays.copyOf(y, 7)).containsExactly(1, 1, 0, 0, 0, 0, 0);
        assertThat(y[7]).isNaN();
    }

    /* Whatever stands in a NaN's other bits. */
    @Test
    void anyNaNStays() {
        for (int payload : new int[] {0x7fc00001, 0x7fc001ff, 0xffc00080, 0xffffffff}) {
            assertThat(powers(Float.intBitsToFloat(payload))[0]).isNaN();
        }
    }
}
