/**
 * The suite that every device passes. {@link io.github.tintype.conformance.DeviceConformance} is what a device's test extends; the
 * {@code …Cases} classes list what is run, {@code Harness} lays operands out and runs one op on a device, and
 * {@link io.github.tintype.conformance.Oracle} says what should have come out.
 */
@NullMarked
package io.github.tintype.conformance;

import org.jspecify.annotations.NullMarked;
