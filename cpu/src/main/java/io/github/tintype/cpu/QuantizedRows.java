package io.github.tintype.cpu;

import static io.github.tintype.cpu.Native.MEMORY;

import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HalfConverter;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.QuantizationScheme.Int4;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Rows to and from few bits, for one thread. It goes through arrays of its own, as {@link HalfConverter} does and for the same reason: the
 * JVM's compiler makes vector code of loops over arrays. Nothing is made on the heap while it works.
 */
final class QuantizedRows {
    /* Elements at a time: a multiple of all sizes of groups. */
    private static final int BLOCK = HalfConverter.BLOCK;

    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfByte I8 = ValueLayout.JAVA_BYTE;
    private static final float LARGEST_FLOAT8 = 448;

    private final HalfConverter halves;
    private final float[] floats = new float[BLOCK];
    private final float[] second = new float[BLOCK];
    private final int[] bits = new int[BLOCK];
    private final byte[] bytes = new byte[BLOCK];
    private final float[] columnScales = new float[BLOCK];
    private final float[] biases = new float[BLOCK];
    private final float[] float8 = float8Values();
    private final MemorySegment floatMemory = MemorySegment.ofArray(floats);
    private final MemorySegment bitMemory = MemorySegment.ofArray(bits);
    private final MemorySegment biasMemory = MemorySegment.ofArray(biases);

    QuantizedRows(HalfConverter halves) {
        this.halves = halves;
    }

    private static float[] float8Values() {
        float[] values = new float[256];
        MemorySegment code = MemorySegment.ofArray(new byte[1]);
        for (int i = 0; i < values.length; i++) {
            code.set(I8, 0, (byte) i);
            values[i] = (float) HostTensor.get(DType.F8_E4M3, code, 0);
        }
        return values;
    }

    /* From memory into an array of this object, widened. */
    private void load(long address, DType dtype, MemorySegment array, int n) {
        halves.convert(MEMORY, address, dtype, array, 0, DType.F32, n);
    }

    /** The largest absolute value of a row; NaN if there is one. */
    float largest(long address, DType dtype, long count) {
        int most = 0;
        for (long done = 0; done < count; done += BLOCK) {
            int n = (int) Math.min(BLOCK, count - done);
            load(address + done * dtype.bytes(), dtype, bitMemory, n);
            most = Math.max(most, largest(bits, n));
        }
        return Float.intBitsToFloat(most);
    }

    /* As bits: a NaN is larger than all numbers. */
    private static int largest(int[] bits, int n) {
        int most = 0;
        for (int i = 0; i < n; i++) {
            most = Math.max(most, bits[i] & 0x7fffffff);
        }
        return most;
    }

    /** The same numbers in F32. */
    void widen(long address, DType dtype, long count, long to) {
        halves.convert(MEMORY, address, dtype, MEMORY, to, DType.F32, count);
    }

    /** x · {@code inverse} as whole numbers within −128 … 127, stored as {@code toType}: I8, or F32 that holds the same numbers. */
    void toIntegers(long address, DType dtype, long count, float inverse, long to, DType toType) {
        for (long done = 0; done < count; done += BLOCK) {
            int n = (int) Math.min(BLOCK, count - done);
            load(address + done * dtype.bytes(), dtype, floatMemory, n);
            roundToIntegers(floats, inverse, n);
            if (toType == DType.F32) {
                MemorySegment.copy(floats, 0, MEMORY, F32, to + done * Float.BYTES, n);
            } else {
                toBytes(floats, bytes, n);
                MemorySegment.copy(bytes, 0, MEMORY, I8, to + done, n);
            }
        }
    }

    /* Adding 1.5 · 2²³ rounds half to even what is smaller than 2²². A NaN stays one. */
    private static void roundToIntegers(float[] values, float inverse, int n) {
        for (int i = 0; i < n; i++) {
            float near = values[i] * inverse + 0x1.8p23f - 0x1.8p23f;
            values[i] = Math.min(127f, Math.max(-128f, near));
        }
    }

    private static void toBytes(float[] values, byte[] bytes, int n) {
        for (int i = 0; i < n; i++) {
            bytes[i] = (byte) (int) values[i];
        }
    }

    /** x / {@code scale} as the nearest numbers that e4m3 has, in F32. */
    void toFloat8(long address, DType dtype, long count, float scale, long to) {
        for (long done = 0; done < count; done += BLOCK) {
            int n = (int) Math.min(BLOCK, count - done);
            load(address + done * dtype.bytes(), dtype, floatMemory, n);
            roundToFloat8(floats, scale, n);
            MemorySegment.copy(floats, 0, MEMORY, F32, to + done * Float.BYTES, n);
        }
    }

    /* Normal numbers keep 3 bits behind the first; below 2⁻⁶ steps are 2⁻⁹, to which adding 1.5 · 2¹⁴ rounds. */
    private static void roundToFloat8(float[] values, float scale, int n) {
        for (int i = 0; i < n; i++) {
            float value = Math.min(LARGEST_FLOAT8, Math.max(-LARGEST_FLOAT8, values[i] / scale));
            int raw = Float.floatToRawIntBits(value);
            float normal = Float.intBitsToFloat((raw + 0x7ffff + ((raw >>> 20) & 1)) & ~0xfffff);
            float small = value + 0x1.8p14f - 0x1.8p14f;
            values[i] = Math.abs(value) < 0x1p-6f ? small : Float.isNaN(value) ? value : normal;
        }
    }

    /** Bytes as numbers in F32. */
    void fromInt8(long address, long count, long to) {
        for (long done = 0; done < count; done += BLOCK) {
            int n = (int) Math.min(BLOCK, count - done);
            MemorySegment.copy(MEMORY, I8, address + done, bytes, 0, n);
            fromBytes(bytes, floats, n);
            MemorySegment.copy(floats, 0, MEMORY, F32, to + done * Float.BYTES, n);
        }
    }

    private static void fromBytes(byte[] bytes, float[] values, int n) {
        for (int i = 0; i < n; i++) {
            values[i] = bytes[i];
        }
    }

    /** e4m3 · {@code scale}, rounded to {@code dtype}, in F32. */
    void fromFloat8(long address, long count, float scale, DType dtype, long to) {
        for (long done = 0; done < count; done += BLOCK) {
            int n = (int) Math.min(BLOCK, count - done);
            MemorySegment.copy(MEMORY, I8, address + done, bytes, 0, n);
            for (int i = 0; i < n; i++) {
                floats[i] = float8[bytes[i] & 0xff] * scale;
            }
            store(floats, dtype, n, to + done * Float.BYTES);
        }
    }

    /**
     * A row of int4, rounded to {@code dtype} where torchao rounds it, in F32.
     *
     * @param scales of the row's first group
     * @param zeros likewise, unused where the scheme has none
     */
    void fromInt4(Int4 scheme, long address, long scales, long zeros, long count, DType dtype, long to) {
        int size = scheme.groupSize();
        for (long done = 0; done < count; done += BLOCK) {
            int n = (int) Math.min(BLOCK, count - done);
            MemorySegment.copy(MEMORY, I8, address + done / 2, bytes, 0, n / 2);
            for (int from = 0; from < n; from += size) {
                long group = (done + from) / size;
                float scale = MEMORY.get(F32, scales + group * Float.BYTES);
                switch (scheme.zero()) {
                    case MIDDLE -> group(from, size, 8, scale, 0, dtype);
                    case INTEGER -> group(from, size, 8 + MEMORY.get(I8, zeros + group), scale, 0, dtype);
                    case FLOAT -> group(from, size, 8, scale, MEMORY.get(F32, zeros + group * Float.BYTES), dtype);
                }
            }
            store(floats, dtype, n, to + done * Float.BYTES);
        }
    }

    private void group(int from, int size, int middle, float scale, float zero, DType dtype) {
        for (int i = from; i < from + size; i += 2) {
            int pair = bytes[i / 2];
            floats[i] = ((pair & 15) - middle) * scale;
            floats[i + 1] = ((pair >> 4 & 15) - middle) * scale;
        }
        if (zero != 0) {
            if (dtype != DType.F32) {
                round(floats, dtype, from, size);
            }
            for (int i = from; i < from + size; i++) {
                floats[i] += zero;
            }
        }
    }

    private void store(float[] values, DType dtype, int n, long to) {
        if (dtype != DType.F32) {
            round(values, dtype, 0, n);
        }
        MemorySegment.copy(values, 0, MEMORY, F32, to, n);
    }

    private static void round(float[] values, DType dtype, int from, int n) {
        if (dtype == DType.F16) {
            for (int i = from; i < from + n; i++) {
                values[i] = Float.float16ToFloat(Float.floatToFloat16(values[i]));
            }
            return;
        }
        for (int i = from; i < from + n; i++) {
            values[i] = bfloat16(values[i]);
        }
    }

    /** A number of another type: what a scale is where it is computed. */
    static float rounded(DType dtype, float value) {
        return switch (dtype) {
            case F16 -> Float.float16ToFloat(Float.floatToFloat16(value));
            case BF16 -> bfloat16(value);
            default -> value;
        };
    }

    private static float bfloat16(float value) {
        int raw = Float.floatToRawIntBits(value);
        float near = Float.intBitsToFloat((raw + 0x7fff + ((raw >>> 16) & 1)) & ~0xffff);
        return Float.isNaN(value) ? value : near;
    }

    /** So many columns that {@link #finish} is going to multiply by one scale. */
    void columnScale(float scale, int n) {
        Arrays.fill(columnScales, 0, n, scale);
    }

    /** So many columns that {@link #finish} is going to multiply by scales in memory, rounded to {@code dtype}. */
    void columnScales(long scales, DType dtype, int n) {
        MemorySegment.copy(MEMORY, F32, scales, columnScales, 0, n);
        if (dtype != DType.F32) {
            round(columnScales, dtype, 0, n);
        }
    }

    /** What {@link #finish} is going to add to so many columns; 0 for nothing. */
    void columnBiases(long bias, DType dtype, int n) {
        if (bias == 0) {
            Arrays.fill(biases, 0, n, 0);
        } else {
            load(bias, dtype, biasMemory, n);
        }
    }

    /**
     * sums · {@code rowScale} · column scales + biases, stored as {@code dtype}.
     *
     * @param sums F32, or I32 where {@code integers}
     * @param between whether the first product is rounded to {@code dtype}
     */
    void finish(long sums, boolean integers, float rowScale, boolean between, long to, DType dtype, int n) {
        if (integers) {
            MemorySegment.copy(MEMORY, I32, sums, bits, 0, n);
            for (int i = 0; i < n; i++) {
                floats[i] = bits[i];
            }
        } else {
            MemorySegment.copy(MEMORY, F32, sums, floats, 0, n);
        }
        for (int i = 0; i < n; i++) {
            second[i] = floats[i] * rowScale;
        }
        if (between) {
            round(second, dtype, 0, n);
        }
        for (int i = 0; i < n; i++) {
            floats[i] = second[i] * columnScales[i] + biases[i];
        }
        halves.convert(floatMemory, 0, DType.F32, MEMORY, to, dtype, n);
    }
}
