@NullMarked
package io.github.tintype.reference;

import org.jspecify.annotations.NullMarked;
