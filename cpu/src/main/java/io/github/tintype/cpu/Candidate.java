package io.github.tintype.cpu;

import io.github.tintype.device.Lowering;
import java.util.function.Supplier;

/**
 * One of the kernels that may compute an op.
 *
 * @param name tells it from the others of one op, and stays the same from process to process
 * @param lowering makes it
 */
record Candidate(String name, Supplier<Lowering> lowering) {}
