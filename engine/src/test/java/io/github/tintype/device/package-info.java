@NullMarked
package io.github.tintype.device;

import org.jspecify.annotations.NullMarked;
