package io.github.tintype.cpu;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.Collections;

/**
 * The C functions that we call, in three shapes only: each distinct shape of a downcall costs 20 ms of start-up.
 *
 * <p>That works because the System V calling convention of x86-64 puts integers, pointers and enums of any width into the same
 * registers and stack slots, floats into others, ignores what is passed beyond the callee's arguments, and returns in one register:
 * {@code int f(int, void*)} can be called as {@code long f(long, long, long, long)}.
 */
final class Native {
    private static final MemoryLayout[] THIRTEEN =
            Collections.nCopies(13, JAVA_LONG).toArray(MemoryLayout[]::new);
    private static final FunctionDescriptor WORDS_4 =
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    private static final FunctionDescriptor WORDS_13 = FunctionDescriptor.of(JAVA_LONG, THIRTEEN);
    private static final FunctionDescriptor WORDS_8_FLOATS_2 = FunctionDescriptor.of(
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_FLOAT,
            JAVA_FLOAT);

    /* One view of all memory: no object for each address. */
    /** All memory, so that an address is an offset and nothing is made to read or write there. */
    static final MemorySegment MEMORY = view(0, Long.MAX_VALUE);

    private Native() {}

    /** A function as a method handle; for signatures that the shapes below don't cover. */
    @SuppressWarnings("restricted")
    static MethodHandle downcall(SymbolLookup library, String name, FunctionDescriptor type) {
        return Linker.nativeLinker().downcallHandle(library.findOrThrow(name), type);
    }

    private static long[] padded(long[] words, int count) {
        if (words.length > count) {
            throw new IllegalArgumentException(
                    "native call: got %d words, wanted at most %d".formatted(words.length, count));
        }
        return Arrays.copyOf(words, count);
    }

    /** The C string at an address. */
    @SuppressWarnings("restricted")
    static String string(long address) {
        return MemorySegment.ofAddress(address).reinterpret(1024).getString(0);
    }

    /** The memory at an address, which the caller knows to be there. */
    @SuppressWarnings("restricted")
    static MemorySegment view(long address, long bytes) {
        return MemorySegment.ofAddress(address).reinterpret(bytes);
    }

    /** The float at an address. */
    static float getFloat(long address) {
        return MEMORY.get(JAVA_FLOAT, address);
    }

    /** Writes the float at an address. */
    static void setFloat(long address, float value) {
        MEMORY.set(JAVA_FLOAT, address, value);
    }

    /** The byte at an address. */
    static byte getByte(long address) {
        return MEMORY.get(JAVA_BYTE, address);
    }

    /** Writes the byte at an address. */
    static void setByte(long address, byte value) {
        MEMORY.set(JAVA_BYTE, address, value);
    }

    /** Writes the two bytes at an address. */
    static void setShort(long address, short value) {
        MEMORY.set(JAVA_SHORT, address, value);
    }

    /** Writes zeros. */
    static void clear(long address, long bytes) {
        MEMORY.asSlice(address, bytes).fill((byte) 0);
    }

    /** Reads what {@link #setWord} wrote. */
    static long getWord(long words, int word) {
        return MEMORY.get(JAVA_LONG, words + (long) word * Long.BYTES);
    }

    /** Writes one of the words of 8 bytes that begin at an address: what generated code gets. */
    static void setWord(long words, int word, long value) {
        MEMORY.set(JAVA_LONG, words + (long) word * Long.BYTES, value);
    }

    /** A function of at most 4 words; the fast one. */
    record Words4(MethodHandle handle) {
        static Words4 of(SymbolLookup library, String name) {
            return new Words4(downcall(library, name, WORDS_4));
        }

        long call(long a, long b, long c, long d) {
            try {
                return (long) handle.invokeExact(a, b, c, d);
            } catch (Throwable e) {
                throw new IllegalStateException(e);
            }
        }

        /** The {@code dnnl_status_t} or {@code int} that the function returns. */
        int status(long a, long b, long c, long d) {
            return (int) call(a, b, c, d);
        }
    }

    /** A function of at most 13 words. */
    record Words13(MethodHandle handle) {
        static Words13 of(SymbolLookup library, String name) {
            return new Words13(downcall(library, name, WORDS_13));
        }

        int status(long... words) {
            long[] a = padded(words, 13);
            try {
                return (int) (long) handle.invokeExact(
                        a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9], a[10], a[11], a[12]);
            } catch (Throwable e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** A function of at most 8 words and 2 floats, wherever the floats stand in its signature. */
    record Words8Floats2(MethodHandle handle) {
        static Words8Floats2 of(SymbolLookup library, String name) {
            return new Words8Floats2(downcall(library, name, WORDS_8_FLOATS_2));
        }

        int status(float x, float y, long... words) {
            long[] a = padded(words, 8);
            try {
                return (int) (long) handle.invokeExact(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], x, y);
            } catch (Throwable e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
