package io.github.tintype.tensor;

/** What is known of a tensor before it is computed: how its elements are stored, and its sizes. */
public record TensorType(DType dtype, Shape shape) {
    public static TensorType of(DType dtype, long... sizes) {
        return new TensorType(dtype, Shape.of(sizes));
    }

    /** Bytes of a dense tensor of this type. @throws ShapeException if a size is symbolic */
    public long bytes() {
        return Math.multiplyExact(shape.elements(), dtype.bytes());
    }

    public TensorType with(DType other) {
        return new TensorType(other, shape);
    }

    public TensorType with(Shape other) {
        return new TensorType(dtype, other);
    }

    @Override
    public String toString() {
        return dtype.name().toLowerCase(java.util.Locale.ROOT) + shape;
    }
}
