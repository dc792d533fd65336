package io.github.tintype.bench;

import java.util.Arrays;

/** The middle of measured values. */
final class Median {
    private Median() {}

    /** Of an even number of them the upper one. */
    static double of(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
