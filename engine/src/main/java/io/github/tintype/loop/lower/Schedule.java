package io.github.tintype.loop.lower;

/** What kind of machine loops are chosen for: every op that has a program for one has one for the other, and both mean the same. */
public enum Schedule {
    /** Vector loops; threads take slices of the grid. */
    PROCESSOR,
    /** Teams of threads for points of the grid ({@link io.github.tintype.loop.Team}); how sizes and strides divide is part of the program. */
    GPU
}
