@NullMarked
package io.github.tintype.io;

import org.jspecify.annotations.NullMarked;
