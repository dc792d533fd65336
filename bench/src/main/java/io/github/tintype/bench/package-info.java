/**
 * Checks and measurements of models of true size ({@link io.github.tintype.benchmark.BenchmarkModel}) that a build is too short for.
 *
 * <p>{@link io.github.tintype.bench.ModelBenchmark} times one model and states its memory, {@link io.github.tintype.bench.TrueWidth} compares
 * blocks and models with PyTorch's double, {@link io.github.tintype.bench.TrueSizeFolder} writes a checkpoint. Nobody may use this room: it is a module of its
 * own that is never published, and no other module depends on it.
 */
@NullMarked
package io.github.tintype.bench;

import org.jspecify.annotations.NullMarked;
