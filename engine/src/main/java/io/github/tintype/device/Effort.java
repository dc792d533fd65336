package io.github.tintype.device;

/** How much a device does for better kernels, once it is known which. */
public enum Effort {
    /** What libraries have, and what it takes no choice to find: for what runs uncompiled. */
    LIBRARY,
    /** What its tables say is fastest, generated kernels among it. */
    USUAL,
    /** As much as it can, whatever time it takes. */
    MOST
}
