/**
 * From a graph to a list of kernel calls. {@link io.github.tintype.compile.Optimizer} runs the passes, all listed in
 * {@link io.github.tintype.compile.Passes}, once over each of the distinct {@link io.github.tintype.compile.Regions};
 * {@link io.github.tintype.compile.RequestSplit} takes out what is the same at each step.
 * {@link io.github.tintype.compile.Lowerer} decomposes what the device doesn't support,
 * {@link io.github.tintype.compile.Planner} chooses layouts, inserts copies and asks for kernels, and
 * {@link io.github.tintype.compile.SlabLayout} places what lives at different times in the same memory. The result, a
 * {@link io.github.tintype.compile.Plan}, knows no weights' values and no request.
 */
@NullMarked
package io.github.tintype.compile;

import org.jspecify.annotations.NullMarked;
