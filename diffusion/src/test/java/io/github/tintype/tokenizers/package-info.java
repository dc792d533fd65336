@NullMarked
package io.github.tintype.tokenizers;

import org.jspecify.annotations.NullMarked;
