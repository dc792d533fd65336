/** The schedulers against diffusers' golden tables and trajectories. */
@NullMarked
package io.github.tintype.schedulers;

import org.jspecify.annotations.NullMarked;
