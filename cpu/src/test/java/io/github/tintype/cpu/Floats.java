package io.github.tintype.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;

/** A native array of floats for tests. */
record Floats(long address, int length) implements AutoCloseable {
    static Floats random(int length, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Floats floats = new Floats(NativeMemory.allocate(4L * length), length);
        for (int i = 0; i < length; i++) {
            floats.set(i, (float) random.nextGaussian());
        }
        return floats;
    }

    /** Filled with a value that no kernel may read or leave. */
    static Floats poisoned(int length) {
        Floats floats = new Floats(NativeMemory.allocate(4L * length), length);
        for (int i = 0; i < length; i++) {
            floats.set(i, Float.NaN);
        }
        return floats;
    }

    private MemorySegment view() {
        return Native.view(address, 4L * length);
    }

    float get(int i) {
        return view().getAtIndex(JAVA_FLOAT, i);
    }

    void set(int i, float value) {
        view().setAtIndex(JAVA_FLOAT, i, value);
    }

    /** Each element within {@code tolerance · (1 + |expected|)}. */
    void isCloseTo(IntToDoubleFunction expected, double tolerance) {
        for (int i = 0; i < length; i++) {
            double want = expected.applyAsDouble(i);
            if (Double.isNaN(want) && Float.isNaN(get(i))) {
                continue;
            }
            assertThat((double) get(i))
                    .as("element %d", i)
                    .isCloseTo(want, org.assertj.core.data.Offset.offset(tolerance * (1 + Math.abs(want))));
        }
    }

    @Override
    public void close() {
        NativeMemory.free(address);
    }
}
