/**
 * Models of true size without a download: the configurations of the published checkpoints with random weights.
 *
 * <p>{@link io.github.tintype.bench.ModelBenchmark} times one model and states its memory, {@link io.github.tintype.bench.TrueWidth} compares
 * blocks and models with PyTorch's double, {@link io.github.tintype.bench.TrueSizeFolder} writes a checkpoint. Nobody may use this room: it is a module of its
 * own that is never published, and no other module depends on it.
 */
@NullMarked
package io.github.tintype.bench;

import org.jspecify.annotations.NullMarked;
