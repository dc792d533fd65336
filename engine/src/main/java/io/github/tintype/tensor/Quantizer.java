package io.github.tintype.tensor;

import io.github.tintype.tensor.QuantizationScheme.Int4;
import io.github.tintype.tensor.QuantizationScheme.Int8;
import io.github.tintype.tensor.QuantizedPart.Part;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Quantises a weight [out,in] row by row. Sources: torchao 0.18 quant_primitives.py and its tests' values, to which this is equal bit for
 * bit. Scales are computed in the weight's own type and kept as F32.
 *
 * <ul>
 *   <li>int8: s = max(amax(|row|) / 127.5, 2⁻²³); q = clamp(round(w · (1/s)), −128, 127)
 *   <li>int4, zero in the middle: s = max(amax(|group|) / 7.5, 2⁻¹²⁶); q = clamp(round(w · (1/s)), −8, 7)
 *   <li>int4, integer zero: s = max((max(0, max) − min(0, min)) / 15, 2⁻¹²⁶); z = clamp(−8 − round(min(0, min)/s), −8, 7); q = clamp(round(w · (1/s)) + z, −8, 7)
 *   <li>int4, float zero: s = max((max − min) / 15, 1e-6); z = min + 8s; u = clamp(round((w − (z − 8s)) / s), 0, 15)
 *   <li>float8: s = amax(|row or weight|) / 448; q = e4m3(clamp(w / s, −448, 448)). Where all is 0 torchao divides 0 by 0 and stores NaN; here 0 is stored.
 * </ul>
 */
final class Quantizer {
    private static final float LEAST_TINYGEMM_SCALE = 1e-6f;
    private static final float LARGEST_FLOAT8 = 448;
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

    private final HostTensor stored;
    private final DType dtype;
    private final QuantizationScheme scheme;
    private final int rows;
    private final HalfConverter converter = new HalfConverter();
    private final float[] row;
    private final MemorySegment rowMemory;
    /* A row in the weight's type, on the way to F32. */
    private final MemorySegment narrow;

    /**
     * @param stored the weight as it is stored
     * @param dtype the type in which its scales are computed
     */
    Quantizer(HostTensor stored, DType dtype, QuantizationScheme scheme) {
        this.stored = stored;
        this.dtype = dtype;
        this.scheme = scheme;
        rows = Math.toIntExact(stored.shape().size(0));
        row = new float[Math.toIntExact(stored.shape().size(1))];
        rowMemory = MemorySegment.ofArray(row);
        narrow = MemorySegment.ofArray(new short[dtype == DType.F32 ? 0 : row.length]);
    }

    void write(Part part, HostTensor to) {
        switch (scheme) {
            case Int8 _ -> int8(part, to);
            case Int4 int4 -> int4(int4, part, to);
            case QuantizationScheme.Float8 float8 -> float8(float8, part, to);
        }
    }

    /* What is stored, rounded to the type that the weight has in graphs. */
    private void read(int number) {
        long at = (long) number * row.length * stored.dtype().bytes();
        if (stored.dtype() == dtype || dtype == DType.F32) {
            convert(stored.data(), at, stored.dtype(), rowMemory, DType.F32);
            return;
        }
        convert(stored.data(), at, stored.dtype(), narrow, dtype);
        convert(narrow, 0, dtype, rowMemory, DType.F32);
    }

    private void convert(MemorySegment from, long at, DType fromType, MemorySegment to, DType toType) {
        if (HalfConverter.handles(fromType)) {
            converter.convert(from, at, fromType, to, 0, toType, row.length);
        } else {
            HostTensor.convert(
                    from.asSlice(at, (long) row.length * fromType.bytes()), fromType, to, toType, row.length);
        }
    }

    private float round(float value) {
        return dtype == DType.F32 ? value : (float) HostTensor.rounded(dtype, value);
    }

    /* As bits, of which vector code finds the largest: a NaN is larger than all numbers. */
    private static float largest(float[] values, int from, int to) {
        int most = 0;
        for (int i = from; i < to; i++) {
            most = Math.max(most, Float.floatToRawIntBits(values[i]) & 0x7fffffff);
        }
        return Float.intBitsToFloat(most);
    }

    /* Half to even, of what is less than 2²². */
    private static float nearest(float value) {
        return value + 0x1.8p23f - 0x1.8p23f;
    }

    private void int8(Part part, HostTensor to) {
        byte[] quantized = new byte[row.length];
        for (int i = 0; i < rows; i++) {
            read(i);
            float scale = Math.max(round(largest(row, 0, row.length) / Int8.HALF_RANGE), Int8.LEAST_SCALE);
            if (part == Part.SCALES) {
                to.setDouble(i, scale);
                continue;
            }
            roundToIntegers(row, 1 / scale);
            toBytes(row, quantized);
            MemorySegment.copy(quantized, 0, to.data(), BYTE, (long) i * row.length, row.length);
        }
    }

    private static void roundToIntegers(float[] values, float inverse) {
        for (int k = 0; k < values.length; k++) {
            values[k] = Math.min(127f, Math.max(-128f, nearest(values[k] * inverse)));
        }
    }

    private static void toBytes(float[] values, byte[] bytes) {
        for (int k = 0; k < values.length; k++) {
            bytes[k] = (byte) (int) values[k];
        }
    }

    /* One group of one row. */
    private record Group(float scale, float zero) {}

    private void int4(Int4 int4, Part part, HostTensor to) {
        int size = int4.groupSize();
        int groups = row.length / size;
        byte[] packed = new byte[row.length / 2];
        for (int i = 0; i < rows; i++) {
            read(i);
            for (int g = 0; g < groups; g++) {
                Group group = group(int4, g * size, (g + 1) * size);
                switch (part) {
                    case SCALES -> to.setDouble((long) i * groups + g, group.scale());
                    case ZEROS -> to.setDouble((long) i * groups + g, group.zero());
                    case VALUES -> pack(int4, group, g * size, (g + 1) * size, packed);
                }
            }
            if (part == Part.VALUES) {
                MemorySegment.copy(packed, 0, to.data(), BYTE, (long) i * packed.length, packed.length);
            }
        }
    }

    private Group group(Int4 int4, int from, int to) {
        float least = Float.POSITIVE_INFINITY;
        float most = Float.NEGATIVE_INFINITY;
        for (int k = from; k < to; k++) {
            least = Math.min(least, row[k]);
            most = Math.max(most, row[k]);
        }
        return switch (int4.zero()) {
            case MIDDLE -> new Group(Math.max(round(largest(row, from, to) / 7.5f), Float.MIN_NORMAL), 0);
            case INTEGER -> {
                float below = Math.min(least, 0);
                float scale = Math.max(round(round(Math.max(most, 0) - below) / 15), Float.MIN_NORMAL);
                yield new Group(scale, Math.clamp(-8 - nearest(round(below / scale)), -8f, 7f));
            }
            case FLOAT -> {
                float scale = round(Math.max(round(round(most - least) / 15), round(LEAST_TINYGEMM_SCALE)));
                yield new Group(scale, round(least + round(8 * scale)));
            }
        };
    }

    private void pack(Int4 int4, Group group, int from, int to, byte[] packed) {
        for (int k = from; k < to; k += 2) {
            int low = code(int4, group, row[k]);
            int high = code(int4, group, row[k + 1]);
            packed[k / 2] = (byte) (low | high << 4);
        }
    }

    /* 0 to 15. */
    private int code(Int4 int4, Group group, float value) {
        return switch (int4.zero()) {
            case MIDDLE, INTEGER -> {
                float inverse = round(1 / group.scale());
                yield (int) Math.clamp(nearest(round(value * inverse)) + group.zero(), -8f, 7f) + 8;
            }
            case FLOAT -> {
                float bottom = round(group.zero() - round(8 * group.scale()));
                yield (int) Math.clamp(nearest(round(round(value - bottom) / group.scale())), 0f, 15f);
            }
        };
    }

    private void float8(QuantizationScheme.Float8 float8, Part part, HostTensor to) {
        float common = float8.perRow() ? 0 : float8Scale(largestOfAll());
        if (part == Part.SCALES && !float8.perRow()) {
            to.setDouble(0, common);
            return;
        }
        for (int i = 0; i < rows; i++) {
            read(i);
            float scale = float8.perRow() ? float8Scale(largest(row, 0, row.length)) : common;
            if (part == Part.SCALES) {
                to.setDouble(i, scale);
                continue;
            }
            for (int k = 0; k < row.length; k++) {
                float value = scale == 0 ? 0 : Math.clamp(row[k] / scale, -LARGEST_FLOAT8, LARGEST_FLOAT8);
                to.data().set(BYTE, (long) i * row.length + k, Float8.toE4M3(value));
            }
        }
    }

    private float float8Scale(float largest) {
        return round(largest / LARGEST_FLOAT8);
    }

    private float largestOfAll() {
        float most = 0;
        for (int i = 0; i < rows; i++) {
            read(i);
            most = Math.max(most, largest(row, 0, row.length));
        }
        return most;
    }
}
