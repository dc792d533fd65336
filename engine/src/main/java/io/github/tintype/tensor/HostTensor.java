package io.github.tintype.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** A dense row-major little-endian tensor that Java can read; {@code data} has exactly {@code type.bytes()} bytes. */
public record HostTensor(TensorType type, MemorySegment data) {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    public HostTensor {
        if (data.byteSize() != type.bytes()) {
            throw new ShapeException(
                    "host tensor: got %d bytes, wanted %d for %s".formatted(data.byteSize(), type.bytes(), type));
        }
    }

    public static HostTensor allocate(TensorType type) {
        return new HostTensor(type, Arena.ofAuto().allocate(type.bytes(), 64));
    }

    public static HostTensor ofFloats(float[] values, long... shape) {
        HostTensor tensor = allocate(TensorType.of(DType.F32, shape));
        for (int i = 0; i < values.length; i++) {
            tensor.setDouble(i, values[i]);
        }
        return tensor;
    }

    public static HostTensor ofLongs(long[] values, long... shape) {
        HostTensor tensor = allocate(TensorType.of(DType.I64, shape));
        for (int i = 0; i < values.length; i++) {
            tensor.data.set(LONG, 8L * i, values[i]);
        }
        return tensor;
    }

    public double getDouble(long i) {
        return switch (type.dtype()) {
            case F64 -> Double.longBitsToDouble(data.get(LONG, 8 * i));
            case F32 -> Float.intBitsToFloat(data.get(INT, 4 * i));
            case F16 -> Float.float16ToFloat(data.get(SHORT, 2 * i));
            case BF16 -> Float.intBitsToFloat(data.get(SHORT, 2 * i) << 16);
            case I64, I32, I16, I8, U8, BOOL -> getLong(i);
            case F8_E4M3, F8_E5M2 -> throw new UnsupportedOpException("host tensor: got " + type.dtype());
        };
    }

    public long getLong(long i) {
        return switch (type.dtype()) {
            case I64 -> data.get(LONG, 8 * i);
            case I32 -> data.get(INT, 4 * i);
            case I16 -> data.get(SHORT, 2 * i);
            case I8 -> data.get(ValueLayout.JAVA_BYTE, i);
            case U8, BOOL -> data.get(ValueLayout.JAVA_BYTE, i) & 0xff;
            case F64, F32, F16, BF16, F8_E4M3, F8_E5M2 -> (long) getDouble(i);
        };
    }

    public void setDouble(long i, double v) {
        switch (type.dtype()) {
            case F64 -> data.set(LONG, 8 * i, Double.doubleToRawLongBits(v));
            case F32 -> data.set(INT, 4 * i, Float.floatToRawIntBits((float) v));
            case F16 -> data.set(SHORT, 2 * i, Float.floatToFloat16((float) v));
            case BF16 -> {
                int bits = Float.floatToRawIntBits((float) v);
                data.set(SHORT, 2 * i, (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16));
            }
            case I64 -> data.set(LONG, 8 * i, (long) v);
            case I32 -> data.set(INT, 4 * i, (int) v);
            case U8, I8, BOOL -> data.set(ValueLayout.JAVA_BYTE, i, (byte) v);
            case I16, F8_E4M3, F8_E5M2 -> throw new UnsupportedOpException("host tensor: got " + type.dtype());
        }
    }

    public float[] toFloats() {
        float[] values = new float[Math.toIntExact(type.shape().elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) getDouble(i);
        }
        return values;
    }

    public long[] toLongs() {
        long[] values = new long[Math.toIntExact(type.shape().elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = getLong(i);
        }
        return values;
    }
}
