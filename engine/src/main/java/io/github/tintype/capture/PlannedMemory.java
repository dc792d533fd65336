package io.github.tintype.capture;

import io.github.tintype.compile.Plan;

/**
 * The memory that a program needs, by its plan.
 *
 * @param weightBytes weights, in the forms that kernels want: as long as the program is loaded
 * @param slabBytes intermediates: while it runs
 * @param outputBytes results
 */
public record PlannedMemory(long weightBytes, long slabBytes, long outputBytes) {
    static PlannedMemory of(Plan plan) {
        return new PlannedMemory(plan.weightBytes(), plan.slabBytes(), plan.outputBytes());
    }

    /** What a run needs beside the weights. */
    public long runBytes() {
        return slabBytes + outputBytes;
    }
}
