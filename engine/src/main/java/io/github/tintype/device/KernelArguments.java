package io.github.tintype.device;

import java.lang.foreign.MemorySegment;
import java.util.function.BooleanSupplier;

/**
 * The memory of one kernel call. Valid during the call only. Segments begin at the operand's first element and hold its whole span;
 * all are native memory, the output and dense buffers aligned to 64 bytes.
 */
public interface KernelArguments {
    MemorySegment input(int index);

    MemorySegment output();

    /** As many bytes as the {@link Lowering} asked for, with unspecified contents. */
    MemorySegment scratch();

    /** Whether the run has been cancelled: a long kernel polls it at least each half second and returns early. */
    BooleanSupplier cancelled();
}
