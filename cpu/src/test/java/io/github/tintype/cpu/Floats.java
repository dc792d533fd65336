package io.github.tintype.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.device.NativeMemory;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;

/** A native array of floats for tests. */
record Floats(NativeMemory.Block block, int length) implements AutoCloseable {
    private static Floats allocate(int length) {
        return new Floats(new NativeMemory().allocate(4L * length, "a test"), length);
    }

    MemorySegment view() {
        return block.segment();
    }

    long address() {
        return view().address();
    }

    static Floats random(int length, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Floats floats = allocate(length);
        for (int i = 0; i < length; i++) {
            floats.set(i, (float) random.nextGaussian());
        }
        return floats;
    }

    /** Filled with a value that no kernel may read or leave. */
    static Floats poisoned(int length) {
        Floats floats = allocate(length);
        for (int i = 0; i < length; i++) {
            floats.set(i, Float.NaN);
        }
        return floats;
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
        block.close();
    }
}
