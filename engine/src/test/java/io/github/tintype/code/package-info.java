/** Machine code from files that can't be trusted. */
@NullMarked
package io.github.tintype.code;

import org.jspecify.annotations.NullMarked;
