@NullMarked
package io.github.tintype.quantization;

import org.jspecify.annotations.NullMarked;
