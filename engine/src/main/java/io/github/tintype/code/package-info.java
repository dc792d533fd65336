/**
 * Machine code: how it is checked and put where it can run. A compiler's object file becomes an {@link io.github.tintype.code.Image}
 * ({@link io.github.tintype.code.ElfObject}), position-independent and without a need for anything outside of it; {@link io.github.tintype.code.LoadedImage} maps it,
 * never writable and executable at once. Compiler, cache ({@code code.cache}) and package share this loader; it needs no compiler.
 * {@link io.github.tintype.code.HostProcessor} says what code this machine runs, {@link io.github.tintype.code.GpuArchitecture} what GPUs PTX is made for.
 */
@NullMarked
package io.github.tintype.code;

import org.jspecify.annotations.NullMarked;
