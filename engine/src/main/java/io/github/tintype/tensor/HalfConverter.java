package io.github.tintype.tensor;

import java.lang.foreign.MemorySegment;

/**
 * Converts between {@link DType#F32} and the two floats of 16 bits, rounding to nearest even. It goes through arrays of its own, block by
 * block: the JVM's compiler makes vector code of loops over arrays and none of loops over memory, which is measured to be five times as
 * fast. Of bf16 it makes some of whole words only, another five times: two floats are a long and two of bf16 an int, the first one in the lower half, as they lie in the memory of all
 * processors that this runs on. Nothing is made on the heap while it converts. Not thread-safe.
 */
public final class HalfConverter {
    /** Elements that are converted at a time: all arrays of a block stay in a first-level cache. */
    public static final int BLOCK = 2048;

    /* For each of two floats, whose bits are in the halves of a long. */
    private static final long EACH = 0x00000001_00000001L;
    private static final long SIZE = 0x7fffffff_7fffffffL;
    private static final long NEGATIVE_INFINITY = 0xff800000_ff800000L;
    private static final long LESS_THAN_HALF = 0x00007fff_00007fffL;

    private final short[] halves;
    private final float[] floats;
    private final int[] words;
    private final long[] pairs;
    /* The same arrays. */
    private final MemorySegment ofHalves;
    private final MemorySegment ofFloats;
    private final MemorySegment ofWords;
    private final MemorySegment ofPairs;

    /** For conversions of any length. */
    public HalfConverter() {
        this(BLOCK);
    }

    /** With arrays for {@code most} elements, if that is less than {@link #BLOCK}: for one short conversion. */
    public HalfConverter(long most) {
        int two = Math.toIntExact(Math.ceilDiv(Math.clamp(most, 1L, BLOCK), 2L));
        halves = new short[2 * two];
        floats = new float[2 * two];
        words = new int[two];
        pairs = new long[two];
        ofHalves = MemorySegment.ofArray(halves);
        ofFloats = MemorySegment.ofArray(floats);
        ofWords = MemorySegment.ofArray(words);
        ofPairs = MemorySegment.ofArray(pairs);
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
        boolean inPairs = fromType == DType.BF16 || toType == DType.BF16;
        for (long done = 0; done < count; done += halves.length) {
            int n = (int) Math.min(halves.length, count - done);
            load(from, source + done * fromType.bytes(), fromType, inPairs, n);
            store(to, target + done * toType.bytes(), toType, inPairs, n);
        }
    }

    /* Into the pairs, or into the floats. */
    private void load(MemorySegment from, long source, DType type, boolean inPairs, long n) {
        switch (type) {
            case F32 -> MemorySegment.copy(from, source, inPairs ? ofPairs : ofFloats, 0, n * Float.BYTES);
            case BF16 -> {
                MemorySegment.copy(from, source, ofWords, 0, n * Short.BYTES);
                widenBf16(words, pairs, (int) (n + 1) / 2);
            }
            default -> {
                MemorySegment.copy(from, source, ofHalves, 0, n * Short.BYTES);
                widenF16(halves, floats, (int) n);
                if (inPairs) {
                    MemorySegment.copy(ofFloats, 0, ofPairs, 0, n * Float.BYTES);
                }
            }
        }
    }

    private void store(MemorySegment to, long target, DType type, boolean inPairs, long n) {
        switch (type) {
            case F32 -> MemorySegment.copy(inPairs ? ofPairs : ofFloats, 0, to, target, n * Float.BYTES);
            case BF16 -> {
                narrowBf16(pairs, words, (int) (n + 1) / 2);
                MemorySegment.copy(ofWords, 0, to, target, n * Short.BYTES);
            }
            default -> {
                if (inPairs) {
                    MemorySegment.copy(ofPairs, 0, ofFloats, 0, n * Float.BYTES);
                }
                narrowF16(floats, halves, (int) n);
                MemorySegment.copy(ofHalves, 0, to, target, n * Short.BYTES);
            }
        }
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

    private static void widenBf16(int[] words, long[] pairs, int n) {
        for (int i = 0; i < n; i++) {
            long two = words[i];
            pairs[i] = ((two & 0xffffL) << 16) | ((two & 0xffff0000L) << 32);
        }
    }

    /*
     * Without a branch, which would keep it from becoming vector code, and without a carry from the lower float to the upper one. A NaN isn't rounded, to infinity maybe, but made
     * quiet.
     */
    private static void narrowBf16(long[] pairs, int[] words, int n) {
        for (int i = 0; i < n; i++) {
            long two = pairs[i];
            long isNumber = ((NEGATIVE_INFINITY - (two & SIZE)) >>> 31) & EACH;
            long rounding = (LESS_THAN_HALF + ((two >>> 16) & EACH)) & ((isNumber << 16) - isNumber);
            long rounded = (two + rounding) | ((isNumber ^ EACH) << 22);
            words[i] = (int) (((rounded >>> 16) & 0xffffL) | ((rounded >>> 32) & 0xffff0000L));
        }
    }
}
