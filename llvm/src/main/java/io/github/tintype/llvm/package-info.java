/**
 * Loop programs to machine code and PTX with LLVM 20, its C API called through FFM. {@link io.github.tintype.llvm.LlvmText} writes a program in LLVM's
 * language, explicit vectors and all, {@link io.github.tintype.llvm.NvptxText} what one thread of a GPU does; {@link io.github.tintype.llvm.LlvmCompiler} and
 * {@link io.github.tintype.llvm.NvptxCompiler} have it verified, improved and emitted ({@link io.github.tintype.llvm.LlvmModules}). What the
 * target has is known before anything is written ({@link io.github.tintype.llvm.Features}): an instruction that it lacks would end the JVM inside of LLVM.
 */
@NullMarked
package io.github.tintype.llvm;

import org.jspecify.annotations.NullMarked;
