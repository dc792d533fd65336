/** Tests of graphs as bytes. */
@NullMarked
package io.github.tintype.graph.stored;

import org.jspecify.annotations.NullMarked;
