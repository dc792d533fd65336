package io.github.tintype.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.List;
import java.util.function.UnaryOperator;

/** Elements {@code from} (included) to {@code to} (excluded) of one axis of {@code of}. @throws ShapeException if they aren't there */
public record SliceWeight(Weight of, int axis, long from, long to) implements DerivedWeight {
    public SliceWeight {
        DerivedWeight.wantPlain("slice of a weight", of);
        Shape shape = of.type().shape();
        if (axis < 0 || axis >= shape.rank() || from < 0 || from >= to || to > shape.size(axis)) {
            throw new ShapeException("slice of a weight: got %d to %d of axis %d of %s".formatted(from, to, axis, of));
        }
    }

    @Override
    public String name() {
        return "slice(%s, %d, %d, %d)".formatted(of.name(), axis, from, to);
    }

    @Override
    public TensorType type() {
        return of.type().with(of.type().shape().with(axis, Dim.of(to - from)));
    }

    @Override
    public HostTensor source(SegmentAllocator scratch) {
        HostTensor whole = of.source(scratch);
        TensorType part = whole.type().with(type().shape());
        long inner = whole.dtype().bytes() * elements(axis + 1, part.shape().rank());
        long outer = elements(0, axis);
        long step = whole.shape().size(axis) * inner;
        long offset = from * inner;
        long bytes = (to - from) * inner;
        if (outer == 1) {
            return new HostTensor(part, whole.data().asSlice(offset, bytes));
        }
        MemorySegment copy = scratch.allocate(part.bytes(), HostTensor.ALIGNMENT);
        for (long i = 0; i < outer; i++) {
            MemorySegment.copy(whole.data(), i * step + offset, copy, i * bytes, bytes);
        }
        return new HostTensor(part, copy);
    }

    private long elements(int fromAxis, int toAxis) {
        return new Shape(of.type().shape().dims().subList(fromAxis, toAxis)).elements();
    }

    @Override
    public List<DenseWeight> parts() {
        return of.parts();
    }

    @Override
    public Weight withParts(UnaryOperator<DenseWeight> replace) {
        return new SliceWeight(of.withParts(replace), axis, from, to);
    }

    @Override
    public String toString() {
        return name() + ":" + type();
    }
}
