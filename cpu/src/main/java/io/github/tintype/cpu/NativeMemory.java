package io.github.tintype.cpu;

import io.github.tintype.tensor.DeviceException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** Memory of the C library: not zeroed, unlike an {@code Arena}'s, and as long-lived as its owner wants. Addresses are plain longs. */
final class NativeMemory {
    /** Alignment of every block, in bytes: a cache line, and the widest vector register. */
    static final long ALIGNMENT = 64;

    private static final MethodHandle ALLOCATE = handle(
            "aligned_alloc",
            FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
    private static final MethodHandle FREE = handle("free", FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG));

    private NativeMemory() {}

    private static MethodHandle handle(String name, FunctionDescriptor type) {
        return Native.downcall(Linker.nativeLinker().defaultLookup(), name, type);
    }

    /** At least one byte, aligned. @throws DeviceException ({@code MEMORY}) if the system has none left */
    static long allocate(long bytes) {
        long rounded = Math.max(ALIGNMENT, (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
        long address;
        try {
            address = (long) ALLOCATE.invokeExact(ALIGNMENT, rounded);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
        if (address == 0) {
            throw new DeviceException(
                    DeviceException.Reason.MEMORY,
                    "memory: got none from the system, wanted %d bytes".formatted(bytes));
        }
        return address;
    }

    /** Gives back what {@link #allocate} gave; 0 is allowed. */
    static void free(long address) {
        try {
            FREE.invokeExact(address);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
