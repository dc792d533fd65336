package io.github.tintype.device;

import io.github.tintype.tensor.TensorType;

/**
 * What a device is told of an input of a kernel.
 *
 * @param type fixed sizes only
 * @param layout how it lies in memory
 * @param weight whether it is a model's weight, unpermuted: the kernel may ask for it in a layout of its own, by a {@link Packing}
 */
public record Operand(TensorType type, Layout layout, boolean weight) {}
