/**
 * The command line. {@link io.github.tintype.app.Main} hands the real world (streams, folders, signals, random seeds) to
 * {@link io.github.tintype.app.Cli}, which turns words into a {@link io.github.tintype.app.GenerationRequest}, asks a
 * {@link io.github.tintype.app.Generator} for pictures and writes them with their {@link io.github.tintype.app.GenerationMetadata}.
 *
 * <p>Rules: only results go to stdout, paths or what a command was asked to tell; an error is one line on stderr and an {@link io.github.tintype.app.ExitCode}; nothing is
 * overwritten unasked, and nothing partial is left behind.
 */
@NullMarked
package io.github.tintype.app;

import org.jspecify.annotations.NullMarked;
