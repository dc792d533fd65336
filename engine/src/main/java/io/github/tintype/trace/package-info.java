/**
 * How models are written: {@link io.github.tintype.trace.Tensor} records what is done to it, {@link io.github.tintype.trace.Module}
 * is the boundary that every call of a module passes. {@link io.github.tintype.trace.SdpaKernel} chooses how attention that is recorded will be computed.
 */
@NullMarked
package io.github.tintype.trace;

import org.jspecify.annotations.NullMarked;
