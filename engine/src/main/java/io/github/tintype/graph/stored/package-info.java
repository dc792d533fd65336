/**
 * Graphs as bytes, for whoever keeps them between processes. A weight is stored by its name and type, never by its values: the graph is read over the
 * weights of whatever checkpoint is open then.
 */
@NullMarked
package io.github.tintype.graph.stored;

import org.jspecify.annotations.NullMarked;
