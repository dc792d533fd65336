@NullMarked
package io.github.tintype.random;

import org.jspecify.annotations.NullMarked;
