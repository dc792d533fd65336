/**
 * Whole graphs, fused and compiled, against their meaning in double and against the same graph unfused in its own types.
 * {@link io.github.tintype.differential.DrawnGraph} draws them at random, {@link io.github.tintype.differential.Truth} is what they mean,
 * {@link io.github.tintype.differential.Runner} runs them in each way and {@link io.github.tintype.differential.Nearness} compares.
 */
@NullMarked
package io.github.tintype.differential;

import org.jspecify.annotations.NullMarked;
