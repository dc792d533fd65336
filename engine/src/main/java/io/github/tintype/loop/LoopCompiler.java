package io.github.tintype.loop;

import io.github.tintype.code.Image;
import io.github.tintype.code.Target;

/**
 * Makes machine code of loop programs. Implemented outside of the engine, by a module that not everybody carries, and found by {@link LoopCompilerProvider}. Safe
 * for use by several threads.
 */
public interface LoopCompiler {
    /**
     * The code of {@code program}: one function for each kernel, of its name and with the arguments of {@link Program}. Decided by the arguments
     * and {@link LoopCompilerProvider#version} alone: code is kept by them.
     *
     * @throws IllegalArgumentException if the program is not well-formed ({@link LoopVerifier}) or the target is not known
     */
    Image compile(Program program, Target target, CompileEffort effort);

    /** What the compiler makes of {@code program} on the way, for people: its own input language and the target's assembly. */
    Listing listing(Program program, Target target, CompileEffort effort);

    /** How much time a compiler takes for better code. */
    enum CompileEffort {
        /** A short list of passes: the loops are vectorised already. */
        FAST,
        /** All that the compiler has: for {@code max-autotune}. */
        MOST
    }

    /**
     * Two texts of one program.
     *
     * @param source the compiler's input
     * @param assembly the code
     */
    record Listing(String source, String assembly) {}
}
