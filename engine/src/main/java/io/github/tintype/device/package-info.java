/**
 * What a device has to offer. A {@link io.github.tintype.device.Device} says which ops it computes, how it wants their operands laid
 * out, and gives a {@link io.github.tintype.device.Kernel} for each. It sees neither graphs nor models; memory, order and lifetime
 * are the planner's and the runtime's.
 */
@NullMarked
package io.github.tintype.device;

import org.jspecify.annotations.NullMarked;
