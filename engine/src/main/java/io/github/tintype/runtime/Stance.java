package io.github.tintype.runtime;

/** What a call of a compiled function may do. Source: torch.compiler.set_stance; here it belongs to the call. */
public enum Stance {
    /** Compile where nothing compiled fits. */
    DEFAULT,
    /** Run uncompiled. */
    FORCE_EAGER,
    /** Run uncompiled where nothing compiled fits, though something was compiled before. */
    EAGER_ON_RECOMPILE,
    /** The same, but as an error that says which guard failed. */
    FAIL_ON_RECOMPILE,
    /**
     * For debugging: at each call record the function again with the call's sizes, and fail where the graph isn't the compiled one.
     * That finds what steers a forward and is no argument: a mutable field, a clock, a comparison of symbolic sizes.
     */
    RETRACE_AND_COMPARE
}
