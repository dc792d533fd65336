package io.github.tintype.code;

/**
 * The GPUs that code is generated for. PTX for one runs on it and on later ones, where the driver assembles it.
 *
 * <p>The version of PTX is the lowest that knows the GPU, and at least 8.0, so that old drivers take it. Source: PTX ISA, "Release history".
 */
public enum GpuArchitecture {
    /** A100. */
    SM_80("sm_80", "8.0"),
    /** H100 and H200. */
    SM_90("sm_90", "8.0"),
    /** B200. */
    SM_100("sm_100", "8.6");

    private final String target;
    private final String ptx;

    GpuArchitecture(String target, String ptx) {
        this.target = target;
        this.ptx = ptx;
    }

    /** As PTX and LLVM call it, e.g. {@code sm_90}. */
    public String target() {
        return target;
    }

    /** The version of PTX, e.g. {@code 8.0}. */
    public String ptx() {
        return ptx;
    }
}
