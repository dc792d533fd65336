/**
 * What {@code tintype calibrate} does: finds the layers that can be quantised, or kept in a narrower type, while pictures stay as near to those of the model as it is as a {@link
 * io.github.tintype.calibration.Budget} wants. {@link io.github.tintype.calibration.Calibration} has the method and its limits; {@code DamageMeter} measures layers while a pipeline draws
 * {@link io.github.tintype.calibration.Samples}, {@code DamageOrder} sorts them, and trials of whole pictures decide, {@link io.github.tintype.calibration.Nearness} being the measure. {@link
 * io.github.tintype.calibration.Calibrated} is the answer: a {@link io.github.tintype.quantization.LayerChoice} for a file, and a report as text, JSON or a page.
 */
@NullMarked
package io.github.tintype.calibration;

import org.jspecify.annotations.NullMarked;
