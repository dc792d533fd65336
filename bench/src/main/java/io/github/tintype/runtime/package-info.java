/** Benchmarks of what the runtime keeps to itself. */
@NullMarked
package io.github.tintype.runtime;

import org.jspecify.annotations.NullMarked;
