/**
 * Generated kernels, up to machine code. A {@link io.github.tintype.loop.Program} is a list of {@link io.github.tintype.loop.Kernel}s:
 * grids of points, for each of which loops load, compute and store. Its sizes are arguments, so that one program serves all
 * shapes of one structure.
 *
 * <p>{@link io.github.tintype.loop.LoopVerifier} says what is well-formed, {@link io.github.tintype.loop.LoopText} prints,
 * {@link io.github.tintype.loop.LoopInterpreter} is the meaning, and a {@link io.github.tintype.loop.LoopCompiler}, found by
 * {@link io.github.tintype.loop.LoopCompilerProvider}, makes code of it. {@code loop.lower} makes programs of fused ops.
 *
 * <p>A kernel is for a processor, or for a {@link io.github.tintype.loop.Team} of a GPU's threads, which share iterations out
 * ({@link io.github.tintype.loop.Statement.Deal}) and wait for each other; of such a {@link io.github.tintype.loop.PtxCompiler} makes PTX, and
 * {@link io.github.tintype.loop.Launch} says how it is started.
 */
@NullMarked
package io.github.tintype.loop;

import org.jspecify.annotations.NullMarked;
