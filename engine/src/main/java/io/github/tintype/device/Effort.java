package io.github.tintype.device;

/** How much time a device takes for better kernels. */
public enum Effort {
    /** What is good for its time. */
    USUAL,
    /** All that it has. */
    MOST
}
