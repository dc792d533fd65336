/**
 * Machine code kept on disk between processes, so that a second start compiles nothing. {@link io.github.tintype.code.cache.ImageKey} says
 * everything that decides the code; {@link io.github.tintype.code.cache.ImageCache} finds and stores by it, one file an entry, and explains
 * each miss as a {@link io.github.tintype.code.cache.Lookup}.
 *
 * <p>What is found is executed, so nothing is trusted: not the directory (it must be this user's alone), not a file (its own SHA-256 is
 * checked, its key compared). Whatever is wrong is a miss and a warning; only maintenance, which people ask for, throws.
 */
@NullMarked
package io.github.tintype.code.cache;

import org.jspecify.annotations.NullMarked;
