/**
 * Running plans. {@link io.github.tintype.runtime.Engine} owns a device, its memory and what is cached on it;
 * {@link io.github.tintype.runtime.Program} is a traced forward that can be run; {@link io.github.tintype.runtime.RequestStage} keeps
 * what is the same at each step of a prompt; {@link io.github.tintype.runtime.RunContext} is what
 * belongs to one run only.
 */
@NullMarked
package io.github.tintype.runtime;

import org.jspecify.annotations.NullMarked;
