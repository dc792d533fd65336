@NullMarked
package io.github.tintype.compile;

import org.jspecify.annotations.NullMarked;
