@NullMarked
package io.github.tintype.app;

import org.jspecify.annotations.NullMarked;
