@NullMarked
package io.github.tintype.image;

import org.jspecify.annotations.NullMarked;
