package io.github.tintype.compile;

import io.github.tintype.device.Device;

/**
 * What a pass may ask.
 *
 * @param device what will run the graph: a pass makes only ops that this supports or that are no slower when decomposed
 * @param flags what the user allows
 */
public record PassContext(Device device, CompileFlags flags) {}
