/**
 * Kernels for products and convolutions as functions from tile parameters to loop programs: what the compiler of fused ops can't invent. Each is written once
 * for all processors; how many rows and columns of a result stay in registers is a parameter, which who chooses kernels knows.
 *
 * <p>A program's buffers and sizes stand in the order in which {@link io.github.tintype.loop.Program} lists them; records here name them, so that whoever runs one fills
 * its block of arguments by name.
 */
@NullMarked
package io.github.tintype.loop.template;

import org.jspecify.annotations.NullMarked;
