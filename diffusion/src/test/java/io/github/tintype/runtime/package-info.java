/** What can only be shown of the runtime with a whole model on the CPU device. */
@org.jspecify.annotations.NullMarked
package io.github.tintype.runtime;
