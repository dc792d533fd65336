package io.github.tintype.reference;

import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Reads and writes single elements; integers without a detour through double. */
final class Elements {
    private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort I16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Elements() {}

    /** Whether {@code dtype} is computed in long. */
    static boolean exact(DType dtype) {
        return !dtype.isFloat();
    }

    static double get(DType dtype, MemorySegment data, long index) {
        return HostTensor.get(dtype, data, index);
    }

    static void set(DType dtype, MemorySegment data, long index, double value) {
        HostTensor.set(dtype, data, index, value);
    }

    static long getLong(DType dtype, MemorySegment data, long index) {
        return dtype == DType.I64 ? data.getAtIndex(I64, index) : (long) HostTensor.get(dtype, data, index);
    }

    /** Integers keep their low bits, {@link DType#BOOL} is 0 or 1, floats are rounded to nearest even. */
    static void setLong(DType dtype, MemorySegment data, long index, long value) {
        switch (dtype) {
            case I64 -> data.setAtIndex(I64, index, value);
            case I32 -> data.setAtIndex(I32, index, (int) value);
            case I16 -> data.setAtIndex(I16, index, (short) value);
            case I8, U8 -> data.set(ValueLayout.JAVA_BYTE, index, (byte) value);
            case BOOL -> data.set(ValueLayout.JAVA_BYTE, index, (byte) (value == 0 ? 0 : 1));
            case F32 -> data.setAtIndex(F32, index, (float) value);
            case F64, F16, BF16, F8_E4M3, F8_E5M2 -> HostTensor.set(dtype, data, index, (double) value);
        }
    }

    /** Fills {@code row} with the elements at {@code offset}, {@code offset + stride}, …. */
    static void gather(DType dtype, MemorySegment data, long offset, long stride, double[] row, int from, int count) {
        if (dtype == DType.F32) {
            for (int i = 0; i < count; i++) {
                row[from + i] = data.getAtIndex(F32, offset + i * stride);
            }
            return;
        }
        for (int i = 0; i < count; i++) {
            row[from + i] = HostTensor.get(dtype, data, offset + i * stride);
        }
    }

    /** Copies elements of {@code bytes} bytes as they are: {@code count} of them, at these element offsets and strides. */
    static void copy(
            int bytes,
            MemorySegment from,
            long fromOffset,
            long fromStride,
            MemorySegment to,
            long toOffset,
            long toStride,
            long count) {
        if (fromStride == 1 && toStride == 1) {
            MemorySegment.copy(from, fromOffset * bytes, to, toOffset * bytes, count * bytes);
            return;
        }
        for (long i = 0; i < count; i++) {
            long a = fromOffset + i * fromStride;
            long b = toOffset + i * toStride;
            switch (bytes) {
                case 8 -> to.setAtIndex(I64, b, from.getAtIndex(I64, a));
                case 4 -> to.setAtIndex(I32, b, from.getAtIndex(I32, a));
                case 2 -> to.setAtIndex(I16, b, from.getAtIndex(I16, a));
                default -> to.set(ValueLayout.JAVA_BYTE, b, from.get(ValueLayout.JAVA_BYTE, a));
            }
        }
    }
}
