package io.github.tintype.app;

import io.github.tintype.capture.CompileOptions;

/**
 * How the models of a request are compiled.
 *
 * @param explain whether to say what it came to
 */
record Compilation(CompileOptions options, boolean explain) {}
