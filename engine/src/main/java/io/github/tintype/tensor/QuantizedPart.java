package io.github.tintype.tensor;

import java.lang.foreign.SegmentAllocator;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;

/**
 * One of the tensors that a weight becomes when it is quantised, computed of the weight whenever it is bound. So quantising reads and
 * allocates nothing, and while weights are bound only one of them exists in the form in which its file has it.
 *
 * @param of the weight [out,in], of F32, BF16 or F16; what it is stored in is rounded to that type first
 * @throws ShapeException if the scheme doesn't fit it
 */
public record QuantizedPart(Weight of, QuantizationScheme scheme, Part part) implements DerivedWeight {
    /** Which tensor. */
    public enum Part {
        /** The weight in few bits. */
        VALUES,
        /** What values are multiplied by. */
        SCALES,
        /** What is added or taken away, if anything is. */
        ZEROS
    }

    public QuantizedPart {
        DerivedWeight.wantPlain("quantisation", of);
        if (!HalfConverter.handles(of.type().dtype())) {
            throw new ShapeException("quantisation: got %s, wanted f32, bf16 or f16".formatted(of));
        }
        scheme.type(part, of.type().shape());
    }

    @Override
    public String name() {
        return "%s(%s, %s)".formatted(part.name().toLowerCase(Locale.ROOT), of.name(), scheme);
    }

    @Override
    public TensorType type() {
        return scheme.type(part, of.type().shape());
    }

    @Override
    public HostTensor source(SegmentAllocator scratch) {
        TensorType type = type();
        HostTensor made = new HostTensor(type, scratch.allocate(type.bytes(), HostTensor.ALIGNMENT));
        new Quantizer(of.source(scratch), of.type().dtype(), scheme).write(part, made);
        return made;
    }

    @Override
    public List<DenseWeight> parts() {
        return of.parts();
    }

    @Override
    public Weight withParts(UnaryOperator<DenseWeight> replace) {
        return new QuantizedPart(of.withParts(replace), scheme, part);
    }

    @Override
    public String toString() {
        return name() + ":" + type();
    }
}
