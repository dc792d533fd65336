/** Compiled loops against the interpreter; PTX is run by {@link io.github.tintype.llvm.PtxMachine}, thread by thread. */
@NullMarked
package io.github.tintype.llvm;

import org.jspecify.annotations.NullMarked;
