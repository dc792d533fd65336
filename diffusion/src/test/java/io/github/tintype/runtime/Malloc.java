package io.github.tintype.runtime;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** What the C library's allocator says of itself. */
final class Malloc {
    /* struct mallinfo2 of malloc.h: ten size_t, of which the fifth counts mapped blocks and the eighth all others in use. */
    private static final MemoryLayout INFO = MemoryLayout.structLayout(
            MemoryLayout.sequenceLayout(10, ValueLayout.JAVA_LONG).withName("fields"));
    private static final int MAPPED = 4;
    private static final int IN_USE = 7;

    @SuppressWarnings("restricted")
    private static final MethodHandle MALLINFO2 = Linker.nativeLinker()
            .downcallHandle(
                    Linker.nativeLinker().defaultLookup().findOrThrow("mallinfo2"), FunctionDescriptor.of(INFO));

    private Malloc() {}

    /** Bytes that the whole process has taken and not given back. */
    static long bytesInUse() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = (MemorySegment) MALLINFO2.invoke(arena);
            return info.getAtIndex(ValueLayout.JAVA_LONG, MAPPED) + info.getAtIndex(ValueLayout.JAVA_LONG, IN_USE);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
