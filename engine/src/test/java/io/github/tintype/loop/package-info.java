/** Loop programs: what they mean and how they are made. {@link io.github.tintype.loop.LoopHarness} serves compilers' tests too. */
@NullMarked
package io.github.tintype.loop;

import org.jspecify.annotations.NullMarked;
