@NullMarked
package io.github.tintype;

import org.jspecify.annotations.NullMarked;
