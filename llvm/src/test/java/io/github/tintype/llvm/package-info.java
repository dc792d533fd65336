/** Compiled loops against the interpreter. */
@NullMarked
package io.github.tintype.llvm;

import org.jspecify.annotations.NullMarked;
