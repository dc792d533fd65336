package io.github.tintype.llvm;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;

/**
 * A C function of at most 8 words, in one shape for all: each distinct shape of a downcall costs 20 ms of start-up. It works because
 * the calling convention of x86-64 ignores what is passed beyond a function's arguments and returns in one register.
 */
record Native(MethodHandle handle) {
    private static final FunctionDescriptor WORDS_8 = FunctionDescriptor.of(
            JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);

    @SuppressWarnings("restricted")
    static Native of(SymbolLookup library, String name) {
        return new Native(Linker.nativeLinker().downcallHandle(library.findOrThrow(name), WORDS_8));
    }

    long call(long... words) {
        long[] a = Arrays.copyOf(words, 8);
        try {
            return (long) handle.invokeExact(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7]);
        } catch (Throwable e) {
            throw new IllegalStateException("LLVM throws nothing", e);
        }
    }

    /** The result of a function that returns an {@code int}: what is above it in the register means nothing. */
    boolean failed(long... words) {
        return (int) call(words) != 0;
    }

    /** The C string at an address. */
    @SuppressWarnings("restricted")
    static String string(long address) {
        return MemorySegment.ofAddress(address).reinterpret(Long.MAX_VALUE).getString(0);
    }

    /** The memory at an address, which the caller knows to be there. */
    @SuppressWarnings("restricted")
    static MemorySegment view(long address, long bytes) {
        return MemorySegment.ofAddress(address).reinterpret(bytes);
    }
}
