@NullMarked
package io.github.tintype.calibration;

import org.jspecify.annotations.NullMarked;
