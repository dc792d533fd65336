@NullMarked
package io.github.tintype.benchmark;

import org.jspecify.annotations.NullMarked;
