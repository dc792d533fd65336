/** Tests of ops that only the compiler makes. */
@NullMarked
package io.github.tintype.graph;

import org.jspecify.annotations.NullMarked;
