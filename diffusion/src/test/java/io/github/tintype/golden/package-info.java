/**
 * The golden suite: every case of a fixtures folder, checked by one small class for each kind of case.
 *
 * <p>{@link io.github.tintype.golden.GoldenSuiteTest} reads {@code manifest.json}, makes one test for each case and says at the end how
 * many passed. The folder is the copy in the test resources, or the one named by {@code -Dtintype.fixtures=DIR}.
 */
@NullMarked
package io.github.tintype.golden;

import org.jspecify.annotations.NullMarked;
