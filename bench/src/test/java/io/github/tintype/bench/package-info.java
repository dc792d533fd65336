@NullMarked
package io.github.tintype.bench;

import org.jspecify.annotations.NullMarked;
