/**
 * What {@code tintype bench} measures, and what it tells of it. {@link io.github.tintype.benchmark.BenchmarkModel}s are of true size, with
 * {@link io.github.tintype.benchmark.RandomWeights} made in memory; a {@link io.github.tintype.benchmark.Benchmark} runs each on engines that it is
 * handed, compiled in several ways that take turns; {@link io.github.tintype.benchmark.Peaks} are what this machine can do at most. A
 * {@link io.github.tintype.benchmark.Report} becomes text, JSON or one HTML file, of tables, bars and pages that other rooms tell of their findings with.
 *
 * <p>Rules: medians and spread, never the best of a few; times are of the clock, memory is what the system counts; what wasn't measured says so.
 */
@NullMarked
package io.github.tintype.benchmark;

import org.jspecify.annotations.NullMarked;
