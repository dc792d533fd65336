/**
 * Compiling Java code, with torch.compile's contract. {@link io.github.tintype.capture.Compiled} is a function that is recorded once
 * for each set of {@link io.github.tintype.capture.Guards}; {@link io.github.tintype.capture.SymbolicArguments} decides which sizes
 * stay open, {@link io.github.tintype.capture.Tracer} records and refines, {@link io.github.tintype.capture.Segments} runs functions
 * whose graph breaks, and {@link io.github.tintype.capture.Explanation} tells all of it.
 */
@NullMarked
package io.github.tintype.capture;

import org.jspecify.annotations.NullMarked;
