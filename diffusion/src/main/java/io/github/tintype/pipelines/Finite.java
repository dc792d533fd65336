package io.github.tintype.pipelines;

import io.github.tintype.trace.Tensor;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** Tells on the device whether all values are finite, so that only one number is read. */
final class Finite {
    private Finite() {}

    /** A scalar that is 0 if all of {@code x} is finite, otherwise NaN (∞ · 0 and NaN · 0 are NaN). */
    static Tensor probe(Tensor x) {
        int[] axes = IntStream.range(0, x.shape().rank()).toArray();
        return x.mul(0.0).sum(false, axes);
    }

    /**
     * Checks all values.
     *
     * @param where the component and, in the loop, the step
     * @param suspicion what else is known, asked only in this case; appended to the message
     * @throws NonFiniteException if {@code x} has a value that isn't finite
     */
    static void check(Tensor x, String where, Supplier<String> suspicion) {
        checkProbe(probe(x), where, suspicion);
    }

    /** The same for a probe that a program has computed. */
    static void checkProbe(Tensor probe, String where, Supplier<String> suspicion) {
        if (probe.item() != 0) {
            throw new NonFiniteException(
                    "%s: got NaN or infinite values, wanted finite ones%s".formatted(where, suspicion.get()));
        }
    }
}
