/**
 * The definition of the primitives, as code: {@link io.github.tintype.reference.ReferenceDevice} computes each of them with scalar
 * Java in double, or in long where the type is an integer, and rounds once, when it stores. Slow and certain; what every other
 * device is compared with, and what computes the primitives that a device leaves out.
 *
 * <p>One class per family of ops. Each makes a {@link io.github.tintype.device.Kernel} from the operands' types and strides; a
 * {@code Walk} goes through the elements, {@code Elements} reads and writes one of them.
 */
@NullMarked
package io.github.tintype.reference;

import org.jspecify.annotations.NullMarked;
