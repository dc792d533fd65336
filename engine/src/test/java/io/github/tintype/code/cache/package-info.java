@NullMarked
package io.github.tintype.code.cache;

import org.jspecify.annotations.NullMarked;
