package io.github.tintype.calibration;

import io.github.tintype.benchmark.Timings;

/**
 * What a picture costs.
 *
 * @param timings of the same request again and again, in turns with the other side
 * @param weightBytes of all weights in the forms that kernels want, by plans
 * @param peakBytes the most that is needed at once, by plans
 */
public record Cost(Timings timings, long weightBytes, long peakBytes) {}
