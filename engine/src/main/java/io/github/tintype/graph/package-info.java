/**
 * The intermediate representation: a graph of {@link io.github.tintype.graph.Node}s, each an {@link io.github.tintype.graph.Op}
 * applied to nodes.
 *
 * <p>Ops are records. A {@link io.github.tintype.graph.PrimitiveOp} is one of a closed list, and the reference device is its
 * definition. A {@link io.github.tintype.graph.CompositeOp} says what it means by {@code decompose}: fallback, oracle and
 * documentation in one place. A {@link io.github.tintype.graph.LeafOp} is where data enters.
 */
@NullMarked
package io.github.tintype.graph;

import org.jspecify.annotations.NullMarked;
