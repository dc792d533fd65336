@NullMarked
package io.github.tintype.pipelines;

import org.jspecify.annotations.NullMarked;
