package io.github.tintype.capture;

/** What becomes of a recorded graph. */
public enum Backend {
    /** It runs as recorded, one kernel after the other. torch.compile's {@code backend="eager"}. */
    EAGER,
    /** The graph passes first. */
    TINTYPE
}
