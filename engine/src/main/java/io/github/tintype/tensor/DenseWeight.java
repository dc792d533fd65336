package io.github.tintype.tensor;

import java.lang.foreign.SegmentAllocator;
import java.util.List;
import java.util.function.UnaryOperator;

/** A weight stored element by element, possibly in a narrower type than it computes in. */
public final class DenseWeight implements Weight {
    private final String name;
    private final TensorType type;
    private final HostTensor source;

    public DenseWeight(String name, DType computeType, HostTensor source) {
        this.name = name;
        this.type = source.type().with(computeType);
        this.source = source;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public TensorType type() {
        return type;
    }

    /** The stored values, often a view of a mapped file. */
    public HostTensor source() {
        return source;
    }

    @Override
    public HostTensor source(SegmentAllocator scratch) {
        return source;
    }

    /* Where this type has what is stored to the last bit, only the stored values count. */
    @Override
    public Weight to(DType dtype) {
        boolean exact = source.dtype() == type.dtype() || (type.dtype() == DType.F32 && source.dtype() != DType.F64);
        return exact && dtype.isFloat() && dtype != type.dtype()
                ? new DenseWeight(name, dtype, source)
                : Weight.super.to(dtype);
    }

    @Override
    public List<DenseWeight> parts() {
        return List.of(this);
    }

    @Override
    public Weight withParts(UnaryOperator<DenseWeight> replace) {
        return replace.apply(this);
    }

    @Override
    public String toString() {
        return name + ":" + type;
    }
}
