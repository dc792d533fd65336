package io.github.tintype.app;

/** The devices that {@code --device} knows. */
enum DeviceName {
    /** oneDNN and our own kernels, all cores. */
    CPU,
    /** Plain Java in double precision: slow, and what the others are tested against. */
    REFERENCE
}
