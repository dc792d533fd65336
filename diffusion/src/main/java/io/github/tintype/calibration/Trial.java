package io.github.tintype.calibration;

import java.util.Optional;

/**
 * One choice that was tried on all samples.
 *
 * @param steps of the order of layers
 * @param layers that are changed by them
 * @param nearness empty if values weren't finite
 */
public record Trial(int steps, int layers, Optional<Nearness> nearness) {}
