/**
 * What compiling makes, kept on disk between processes, so that a second start compiles nothing: machine code and graphs after the passes. A
 * {@link io.github.tintype.code.cache.CacheKey} says everything that decides a value; {@link io.github.tintype.code.cache.CompileCache} finds and stores by it,
 * one file an entry, and explains each miss as a {@link io.github.tintype.code.cache.Lookup}; {@link io.github.tintype.code.cache.CompiledPackage} is many entries in
 * one file.
 *
 * <p>What is found is executed, so nothing is trusted: not the directory (it must be this user's alone), not a file (its own SHA-256 is
 * checked, its key compared). Whatever is wrong is a miss and a warning; only maintenance, which people ask for, throws.
 */
@NullMarked
package io.github.tintype.code.cache;

import org.jspecify.annotations.NullMarked;
