package io.github.tintype.tensor;

import java.lang.foreign.SegmentAllocator;
import java.util.List;
import java.util.function.UnaryOperator;

/** The same elements in row-major order with other sizes. @throws ShapeException if their number differs */
public record ReshapedWeight(Weight of, Shape shape) implements DerivedWeight {
    public ReshapedWeight {
        DerivedWeight.wantPlain("reshape of a weight", of);
        if (of.type().shape().elements() != shape.elements()) {
            throw new ShapeException(
                    "reshape of a weight: got %s, wanted %d elements for %s".formatted(of, shape.elements(), shape));
        }
    }

    @Override
    public String name() {
        return "reshape(%s, %s)".formatted(of.name(), shape);
    }

    @Override
    public TensorType type() {
        return of.type().with(shape);
    }

    @Override
    public HostTensor source(SegmentAllocator scratch) {
        return of.source(scratch).reshape(shape.sizes());
    }

    @Override
    public List<DenseWeight> parts() {
        return of.parts();
    }

    @Override
    public Weight withParts(UnaryOperator<DenseWeight> replace) {
        return new ReshapedWeight(of.withParts(replace), shape);
    }

    @Override
    public String toString() {
        return name() + ":" + type();
    }
}
