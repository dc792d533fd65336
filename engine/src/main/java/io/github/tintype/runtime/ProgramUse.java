package io.github.tintype.runtime;

import io.github.tintype.device.Effort;

/**
 * How a graph is planned and its plan held.
 *
 * @param effort that the device takes for its kernels
 * @param slab what becomes of the memory of intermediates between runs
 */
public record ProgramUse(Effort effort, SlabUse slab) {
    /** What runs uncompiled. */
    public static final ProgramUse UNCOMPILED = new ProgramUse(Effort.LIBRARY, SlabUse.SHARED);
}
