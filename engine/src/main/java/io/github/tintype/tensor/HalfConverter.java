package io.github.tintype.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Converts between {@link DType#F32} and the two floats of 16 bits, rounding to nearest even. It goes through arrays of its own, block by
 * block: the JVM's compiler makes vector code of loops over arrays and none of loops over memory, which is measured to be five times as
 * fast. Nothing is made on the heap while it converts. Not thread-safe.
 */
public final class HalfConverter {
    /** Elements that are converted at a time: all arrays of a block stay in a first-level cache. */
    public static final int BLOCK = 2048;

    private static final ValueLayout.OfShort I16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final short[] halves;
    private final float[] floats;
    private final int[] bits; // of floats: bf16 is their upper half

    /** For conversions of any length. */
    public HalfConverter() {
        this(BLOCK);
    }

    /** With arrays for {@code most} elements, if that is less than {@link #BLOCK}: for one short conversion. */
    public HalfConverter(long most) {
        int block = Math.clamp(most, 1, BLOCK);
        halves = new short[block];
        floats = new float[block];
        bits = new int[block];
    }

    /** Whether it converts from and to this type. */
    public static boolean handles(DType dtype) {
        return dtype == DType.F32 || isHalf(dtype);
    }

    /** Whether this is a float of 16 bits. */
    public static boolean isHalf(DType dtype) {
        return dtype == DType.F16 || dtype == DType.BF16;
    }

    /**
     * Converts {@code count} elements, which lie one after another.
     *
     * @param source where they begin in {@code from}, in bytes
     * @param target where they go in {@code to}, in bytes
     * @throws IllegalArgumentException for types that it doesn't {@link #handles handle}
     */
    public void convert(
            MemorySegment from, long source, DType fromType, MemorySegment to, long target, DType toType, long count) {
        if (!handles(fromType) || !handles(toType)) {
            throw new IllegalArgumentException(
                    "conversion: got %s to %s, wanted f32 and floats of 16 bits".formatted(fromType, toType));
        }
        if (fromType == toType) {
            MemorySegment.copy(from, source, to, target, count * fromType.bytes());
            return;
        }
        boolean byBits = fromType == DType.BF16 || toType == DType.BF16;
        for (long done = 0; done < count; done += halves.length) {
            int n = (int) Math.min(halves.length, count - done);
            load(from, source + done * fromType.bytes(), fromType, byBits, n);
            store(to, target + done * toType.bytes(), toType, byBits, n);
        }
    }

    /* Into the bits, or into the floats. */
    private void load(MemorySegment from, long source, DType type, boolean asBits, int n) {
        if (type == DType.F32 && asBits) {
            MemorySegment.copy(from, I32, source, bits, 0, n);
            return;
        }
        if (type == DType.F32) {
            MemorySegment.copy(from, F32, source, floats, 0, n);
            return;
        }
        MemorySegment.copy(from, I16, source, halves, 0, n);
        if (type == DType.BF16) {
            widenBf16(halves, bits, n);
            return;
        }
        widenF16(halves, floats, n);
        if (asBits) {
            toBits(floats, bits, n);
        }
    }

    private void store(MemorySegment to, long target, DType type, boolean asBits, int n) {
        if (type == DType.F32 && asBits) {
            MemorySegment.copy(bits, 0, to, I32, target, n);
            return;
        }
        if (type == DType.F32) {
            MemorySegment.copy(floats, 0, to, F32, target, n);
            return;
        }
        if (type == DType.BF16) {
            narrowBf16(bits, halves, n);
        } else {
            if (asBits) {
                toFloats(bits, floats, n);
            }
            narrowF16(floats, halves, n);
        }
        MemorySegment.copy(halves, 0, to, I16, target, n);
    }

    private static void widenF16(short[] halves, float[] floats, int n) {
        for (int i = 0; i < n; i++) {
            floats[i] = Float.float16ToFloat(halves[i]);
        }
    }

    private static void narrowF16(float[] floats, short[] halves, int n) {
        for (int i = 0; i < n; i++) {
            halves[i] = Float.floatToFloat16(floats[i]);
        }
    }

    private static void widenBf16(short[] halves, int[] bits, int n) {
        for (int i = 0; i < n; i++) {
            bits[i] = halves[i] << 16;
        }
    }

    /* Without a branch, which would keep it from becoming vector code. A NaN isn't rounded, to infinity maybe, but made quiet. */
    private static void narrowBf16(int[] bits, short[] halves, int n) {
        for (int i = 0; i < n; i++) {
            int value = bits[i];
            int isNaN = (0x7f800000 - (value & 0x7fffffff)) >> 31;
            int rounding = (0x7fff + ((value >>> 16) & 1)) & ~isNaN;
            halves[i] = (short) (((value + rounding) | (isNaN & 0x400000)) >> 16);
        }
    }

    private static void toBits(float[] floats, int[] bits, int n) {
        for (int i = 0; i < n; i++) {
            bits[i] = Float.floatToRawIntBits(floats[i]);
        }
    }

    private static void toFloats(int[] bits, float[] floats, int n) {
        for (int i = 0; i < n; i++) {
            floats[i] = Float.intBitsToFloat(bits[i]);
        }
    }
}
