package io.github.tintype.tensor;

import java.lang.foreign.SegmentAllocator;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A weight that memory has in a narrower type than its layer computes in, and that is widened each time the layer runs. To graphs it is no parameter itself: its
 * {@link #stored} form is, with a cast behind it. Source: diffusers' layerwise casting.
 *
 * @param of the weight in the type that the layer computes in
 * @param storage what it is kept in; what that rounds away is lost
 * @throws ShapeException if {@code of} is quantised
 * @throws IllegalArgumentException if {@code storage} isn't a float type
 */
public record StoredWeight(Weight of, DType storage) implements Weight {
    public StoredWeight {
        DerivedWeight.wantPlain("storing a weight", of);
        if (!storage.isFloat()) {
            throw new IllegalArgumentException("storing a weight: got %s, wanted a float type".formatted(storage));
        }
    }

    /** The weight as memory has it. */
    public Weight stored() {
        return of.to(storage);
    }

    @Override
    public String name() {
        return of.name();
    }

    @Override
    public TensorType type() {
        return of.type();
    }

    @Override
    public HostTensor source(SegmentAllocator scratch) {
        return new CastWeight(stored(), type().dtype()).source(scratch);
    }

    @Override
    public List<DenseWeight> parts() {
        return of.parts();
    }

    @Override
    public Weight withParts(UnaryOperator<DenseWeight> replace) {
        return new StoredWeight(of.withParts(replace), storage);
    }

    @Override
    public Weight to(DType dtype) {
        return new StoredWeight(of.to(dtype), storage);
    }

    @Override
    public String toString() {
        return "%s in %s".formatted(of, storage);
    }
}
