@NullMarked
package io.github.tintype.runtime;

import org.jspecify.annotations.NullMarked;
