package io.github.tintype.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Data that Java can read: dense, row-major, little endian.
 *
 * @param data exactly {@code type.bytes()} bytes, at any alignment; may be a read-only view of a mapped file
 */
public record HostTensor(TensorType type, MemorySegment data) {
    /* A cache line, and the widest vector. */
    static final long ALIGNMENT = 64;

    private static final ValueLayout.OfDouble F64 =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort I16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    public HostTensor {
        if (data.byteSize() != type.bytes()) {
            throw new ShapeException(
                    "host tensor %s: got %d bytes, wanted %d".formatted(type, data.byteSize(), type.bytes()));
        }
    }

    /** Zeros, in memory that the garbage collector frees. */
    public static HostTensor allocate(TensorType type) {
        return new HostTensor(type, Arena.ofAuto().allocate(type.bytes(), ALIGNMENT));
    }

    public static HostTensor ofFloats(float[] values, long... shape) {
        HostTensor tensor = allocate(TensorType.of(DType.F32, shape));
        checkCount(tensor, values.length);
        MemorySegment.copy(values, 0, tensor.data, F32, 0, values.length);
        return tensor;
    }

    public static HostTensor ofLongs(long[] values, long... shape) {
        HostTensor tensor = allocate(TensorType.of(DType.I64, shape));
        checkCount(tensor, values.length);
        MemorySegment.copy(values, 0, tensor.data, I64, 0, values.length);
        return tensor;
    }

    public static HostTensor ofInts(int[] values, long... shape) {
        HostTensor tensor = allocate(TensorType.of(DType.I32, shape));
        checkCount(tensor, values.length);
        MemorySegment.copy(values, 0, tensor.data, I32, 0, values.length);
        return tensor;
    }

    private static void checkCount(HostTensor tensor, int count) {
        if (count != tensor.elements()) {
            throw new ShapeException("host tensor %s: got %d values".formatted(tensor.type, count));
        }
    }

    public Shape shape() {
        return type.shape();
    }

    public DType dtype() {
        return type.dtype();
    }

    public long elements() {
        return type.shape().elements();
    }

    /** Element {@code index} of the flat row-major data; exact for every type but large {@link DType#I64}. */
    public double getDouble(long index) {
        return get(type.dtype(), data, index);
    }

    /** Element {@code index} of {@code data}, which holds {@code dtype}. */
    public static double get(DType dtype, MemorySegment data, long index) {
        return switch (dtype) {
            case F64 -> data.getAtIndex(F64, index);
            case F32 -> data.getAtIndex(F32, index);
            case F16 -> Float.float16ToFloat(data.getAtIndex(I16, index));
            case BF16 -> Float.intBitsToFloat(data.getAtIndex(I16, index) << 16);
            case F8_E4M3 -> Float8.fromE4M3(data.get(ValueLayout.JAVA_BYTE, index));
            case F8_E5M2 -> Float8.fromE5M2(data.get(ValueLayout.JAVA_BYTE, index));
            case I64 -> data.getAtIndex(I64, index);
            case I32 -> data.getAtIndex(I32, index);
            case I16 -> data.getAtIndex(I16, index);
            case I8 -> data.get(ValueLayout.JAVA_BYTE, index);
            case U8 -> data.get(ValueLayout.JAVA_BYTE, index) & 0xff;
            case BOOL -> data.get(ValueLayout.JAVA_BYTE, index) == 0 ? 0 : 1;
        };
    }

    /** Stores {@code value} as {@code dtype}: floats round to nearest even, integers truncate toward zero, {@code BOOL} is 0 or 1. */
    public static void set(DType dtype, MemorySegment data, long index, double value) {
        switch (dtype) {
            case F64 -> data.setAtIndex(F64, index, value);
            case F32 -> data.setAtIndex(F32, index, (float) value);
            case F16 -> data.setAtIndex(I16, index, Float.floatToFloat16(roundOnce(value)));
            case BF16 -> data.setAtIndex(I16, index, bfloat16(roundOnce(value)));
            case F8_E4M3 -> data.set(ValueLayout.JAVA_BYTE, index, Float8.toE4M3(roundOnce(value)));
            case F8_E5M2 -> data.set(ValueLayout.JAVA_BYTE, index, Float8.toE5M2(roundOnce(value)));
            case I64 -> data.setAtIndex(I64, index, (long) value);
            case I32 -> data.setAtIndex(I32, index, (int) value);
            case I16 -> data.setAtIndex(I16, index, (short) value);
            case I8, U8 -> data.set(ValueLayout.JAVA_BYTE, index, (byte) value);
            case BOOL -> data.set(ValueLayout.JAVA_BYTE, index, (byte) (value == 0 ? 0 : 1));
        }
    }

    /** {@code value} as {@code dtype} would keep it: floats round to nearest even. */
    static double rounded(DType dtype, double value) {
        return switch (dtype) {
            case F32 -> (float) value;
            case F16 -> Float.float16ToFloat(Float.floatToFloat16(roundOnce(value)));
            case BF16 -> Float.intBitsToFloat(bfloat16(roundOnce(value)) << 16);
            case F64 -> value;
            case F8_E4M3, F8_E5M2, I64, I32, I16, I8, U8, BOOL ->
                throw new ShapeException("rounding: got %s, wanted a float of 16 bits or more".formatted(dtype));
        };
    }

    /* Round to odd, so that the second rounding, to a narrower type, is that of the double. */
    private static float roundOnce(double value) {
        float near = (float) value;
        if (near == value || Float.isNaN(near) || Float.isInfinite(near)) {
            return near;
        }
        float toZero = Math.abs((double) near) > Math.abs(value)
                ? Float.intBitsToFloat(Float.floatToRawIntBits(near) - 1)
                : near;
        return Float.intBitsToFloat(Float.floatToRawIntBits(toZero) | 1);
    }

    private static short bfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) ((bits >>> 16) | 0x40);
        }
        return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
    }

    public void setDouble(long index, double value) {
        set(type.dtype(), data, index, value);
    }

    /** Element {@code index} as an integer, exact for every integer type. */
    public long getLong(long index) {
        return type.dtype() == DType.I64 ? data.getAtIndex(I64, index) : (long) getDouble(index);
    }

    /** Whether no value is NaN or infinite. */
    public boolean isFinite() {
        if (!type.dtype().isFloat()) {
            return true;
        }
        for (long i = 0; i < elements(); i++) {
            if (!Double.isFinite(getDouble(i))) {
                return false;
            }
        }
        return true;
    }

    /** The values, converted. @throws ArithmeticException for more than an array holds */
    public float[] toFloats() {
        float[] values = new float[Math.toIntExact(elements())];
        if (type.dtype() == DType.F32) {
            MemorySegment.copy(data, F32, 0, values, 0, values.length);
            return values;
        }
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) getDouble(i);
        }
        return values;
    }

    /** The values of an integer or boolean tensor. @throws ArithmeticException for more than an array holds */
    public long[] toLongs() {
        long[] values = new long[Math.toIntExact(elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = getLong(i);
        }
        return values;
    }

    /** Bytes of a mapped file that this is a view of; 0 if it isn't one. */
    public long mappedBytes() {
        return data.isMapped() ? data.byteSize() : 0;
    }

    /** Reads the pages of a mapped file, if this is a view of one, so that who reads it next doesn't wait for them. @throws InternalError if the file was cut short */
    public void load() {
        if (mappedBytes() > 0) {
            data.load();
        }
    }

    /** Gives back the pages of a mapped file, if this is a view of one; who reads it again gets them from the file. */
    public void unload() {
        if (mappedBytes() > 0) {
            data.unload();
        }
    }

    /** This tensor in another type; itself where it has that type. */
    public HostTensor to(DType dtype) {
        if (dtype == type.dtype()) {
            return this;
        }
        HostTensor converted = allocate(type.with(dtype));
        convert(data, type.dtype(), converted.data, dtype, elements());
        return converted;
    }

    /** Converts {@code count} elements. */
    public static void convert(MemorySegment from, DType fromType, MemorySegment to, DType toType, long count) {
        if (fromType == toType) {
            MemorySegment.copy(from, 0, to, 0, count * fromType.bytes());
        } else if (HalfConverter.handles(fromType) && HalfConverter.handles(toType)) {
            new HalfConverter(count).convert(from, 0, fromType, to, 0, toType, count);
        } else {
            for (long i = 0; i < count; i++) {
                set(toType, to, i, get(fromType, from, i));
            }
        }
    }

    /** The same data with other sizes. @throws ShapeException if the number of elements differs */
    public HostTensor reshape(long... sizes) {
        return new HostTensor(TensorType.of(type.dtype(), sizes), data);
    }
}
