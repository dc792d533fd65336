package io.github.tintype.tensor;

import static java.util.stream.Collectors.joining;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Weights one after another along an axis.
 *
 * @param of two or more, of one type but for the size of {@code axis}; the types that they are stored in may differ
 * @throws ShapeException if they don't fit
 */
public record CatWeight(List<Weight> of, int axis) implements DerivedWeight {
    public CatWeight {
        of = List.copyOf(of);
        if (of.size() < 2) {
            throw new ShapeException("cat of weights: got %s, wanted two or more".formatted(of));
        }
        of.forEach(weight -> DerivedWeight.wantPlain("cat of weights", weight));
        TensorType first = of.getFirst().type();
        if (axis < 0 || axis >= first.shape().rank()) {
            throw new ShapeException("cat of weights: got axis %d of %s".formatted(axis, of.getFirst()));
        }
        for (Weight weight : of) {
            TensorType type = weight.type();
            if (type.shape().rank() != first.shape().rank()
                    || !without(type, axis).equals(without(first, axis))) {
                throw new ShapeException("cat of weights: got %s and %s, wanted one type but on axis %d"
                        .formatted(of.getFirst(), weight, axis));
            }
        }
    }

    private static TensorType without(TensorType type, int axis) {
        return type.with(type.shape().with(axis, Dim.ONE));
    }

    @Override
    public String name() {
        return "cat(%s, %d)".formatted(of.stream().map(Weight::name).collect(joining(", ")), axis);
    }

    @Override
    public TensorType type() {
        Dim size = Dim.ZERO;
        for (Weight weight : of) {
            size = size.plus(weight.type().shape().dim(axis));
        }
        TensorType first = of.getFirst().type();
        return first.with(first.shape().with(axis, size));
    }

    @Override
    public Weight to(DType dtype) {
        return new CatWeight(of.stream().map(weight -> weight.to(dtype)).toList(), axis);
    }

    @Override
    public HostTensor source(SegmentAllocator scratch) {
        List<HostTensor> stored =
                of.stream().map(weight -> weight.source(scratch)).toList();
        DType common = stored.getFirst().dtype();
        if (stored.stream().anyMatch(part -> part.dtype() != common)) {
            DType computed = type().dtype();
            stored = stored.stream().map(part -> part.to(computed)).toList();
        }
        TensorType whole = type().with(stored.getFirst().dtype());
        long outer = new Shape(whole.shape().dims().subList(0, axis)).elements();
        MemorySegment copy = scratch.allocate(whole.bytes(), HostTensor.ALIGNMENT);
        long at = 0;
        for (long i = 0; i < outer; i++) {
            for (HostTensor part : stored) {
                long bytes = part.type().bytes() / outer;
                MemorySegment.copy(part.data(), i * bytes, copy, at, bytes);
                at += bytes;
            }
        }
        return new HostTensor(whole, copy);
    }

    @Override
    public List<DenseWeight> parts() {
        return of.stream().flatMap(weight -> weight.parts().stream()).toList();
    }

    @Override
    public Weight withParts(UnaryOperator<DenseWeight> replace) {
        return new CatWeight(
                of.stream().map(weight -> weight.withParts(replace)).toList(), axis);
    }

    @Override
    public String toString() {
        return name() + ":" + type();
    }
}
