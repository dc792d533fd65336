package io.github.tintype.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Dense row-major little-endian data that Java can read. */
public record HostTensor(TensorType type, MemorySegment data) {
    public HostTensor {
        if (data.byteSize() != type.bytes()) {
            throw new ShapeException(
                    "data: got %d bytes for %s, wanted %d".formatted(data.byteSize(), type, type.bytes()));
        }
    }

    public static HostTensor allocate(TensorType type) {
        return new HostTensor(type, Arena.ofAuto().allocate(type.bytes(), 64));
    }

    public static HostTensor ofFloats(float[] values, long... shape) {
        HostTensor tensor = allocate(TensorType.of(DType.F32, shape));
        MemorySegment.copy(values, 0, tensor.data, ValueLayout.JAVA_FLOAT, 0, values.length);
        return tensor;
    }

    public static HostTensor ofLongs(long[] values, long... shape) {
        HostTensor tensor = allocate(TensorType.of(DType.I64, shape));
        MemorySegment.copy(values, 0, tensor.data, ValueLayout.JAVA_LONG, 0, values.length);
        return tensor;
    }

    public float[] toFloats() {
        return data.toArray(ValueLayout.JAVA_FLOAT);
    }

    public long[] toLongs() {
        return data.toArray(ValueLayout.JAVA_LONG);
    }
}
