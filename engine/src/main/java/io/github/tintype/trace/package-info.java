/**
 * How models are written: {@link io.github.tintype.trace.Tensor} records what is done to it, {@link io.github.tintype.trace.Module}
 * is the boundary that every call of a module passes.
 */
@NullMarked
package io.github.tintype.trace;

import org.jspecify.annotations.NullMarked;
