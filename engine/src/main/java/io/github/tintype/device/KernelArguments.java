package io.github.tintype.device;

import java.lang.foreign.MemorySegment;
import java.util.function.BooleanSupplier;

/**
 * The memory of one kernel call. Valid during the call only, on any thread. Segments begin at the operand's first element and hold its
 * whole span; all are native memory, the output and dense buffers aligned to 64 bytes. A kernel that wants the address only asks for
 * that: a segment may have to be made.
 */
public interface KernelArguments {
    MemorySegment input(int index);

    MemorySegment output();

    /** As many bytes as the {@link Lowering} asked for, with unspecified contents. */
    MemorySegment scratch();

    /** Where {@link #input} begins. */
    default long inputAddress(int index) {
        return input(index).address();
    }

    /** Where {@link #output} begins. */
    default long outputAddress() {
        return output().address();
    }

    /** Where {@link #scratch} begins. */
    default long scratchAddress() {
        return scratch().address();
    }

    /** Whether the run has been cancelled: a long kernel polls it at least each half second and returns early. */
    BooleanSupplier cancelled();
}
