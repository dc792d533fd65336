package io.github.tintype.tensor;

import java.lang.foreign.SegmentAllocator;
import java.util.List;
import java.util.function.UnaryOperator;

/** A weight's values, rounded to its own type, in another one. @throws IllegalArgumentException if that isn't a float type */
public record CastWeight(Weight of, DType dtype) implements DerivedWeight {
    public CastWeight {
        DerivedWeight.wantPlain("cast of a weight", of);
        if (!dtype.isFloat()) {
            throw new IllegalArgumentException("cast of a weight: got %s, wanted a float type".formatted(dtype));
        }
    }

    @Override
    public String name() {
        return "cast(%s, %s)".formatted(of.name(), dtype);
    }

    @Override
    public TensorType type() {
        return of.type().with(dtype);
    }

    @Override
    public HostTensor source(SegmentAllocator scratch) {
        HostTensor stored = of.source(scratch);
        DType rounded = of.type().dtype();
        if (stored.dtype() == rounded) {
            return stored;
        }
        HostTensor values = new HostTensor(of.type(), scratch.allocate(of.type().bytes(), HostTensor.ALIGNMENT));
        HostTensor.convert(stored.data(), stored.dtype(), values.data(), rounded, stored.elements());
        return values;
    }

    @Override
    public List<DenseWeight> parts() {
        return of.parts();
    }

    @Override
    public Weight withParts(UnaryOperator<DenseWeight> replace) {
        return new CastWeight(of.withParts(replace), dtype);
    }

    @Override
    public String toString() {
        return name() + ":" + type();
    }
}
