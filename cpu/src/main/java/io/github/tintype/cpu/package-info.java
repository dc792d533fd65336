@NullMarked
package io.github.tintype.cpu;

import org.jspecify.annotations.NullMarked;
