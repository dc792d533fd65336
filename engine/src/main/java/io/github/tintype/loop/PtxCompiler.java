package io.github.tintype.loop;

import io.github.tintype.code.GpuArchitecture;
import io.github.tintype.loop.LoopCompiler.CompileEffort;

/** Makes PTX of loop programs whose kernels are for teams. Found and safe for several threads as a {@link LoopCompiler}. */
public interface PtxCompiler {
    /**
     * The code of {@code program}, decided by the arguments and {@link LoopCompilerProvider#version} alone.
     *
     * @throws IllegalArgumentException if the program is not well-formed, has a kernel without a team, or more arguments than a launch takes
     */
    PtxModule ptx(Program program, GpuArchitecture architecture, CompileEffort effort);

    /** What the compiler makes of {@code program} on the way, for people. */
    LoopCompiler.Listing ptxListing(Program program, GpuArchitecture architecture, CompileEffort effort);
}
