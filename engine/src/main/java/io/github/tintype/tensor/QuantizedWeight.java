package io.github.tintype.tensor;

import io.github.tintype.tensor.QuantizedPart.Part;
import java.lang.foreign.SegmentAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * The weight [out,in] of a linear layer in few bits. To graphs it is no parameter itself: its components are, and what is made of them is
 * {@code QuantizedLinearOp}'s affair. So it can only be what {@code Tensor.linear} multiplies by.
 *
 * @param name of the weight that was quantised
 * @param type as it was: what inputs and results of the layer are, and the shape [out,in]
 * @param components the tensors of {@link QuantizationScheme#parts()}, in order
 * @throws ShapeException if the components don't have the scheme's types
 */
public record QuantizedWeight(String name, TensorType type, QuantizationScheme scheme, List<Weight> components)
        implements Weight {
    public QuantizedWeight {
        components = List.copyOf(components);
        List<TensorType> wanted = types(scheme, type);
        List<TensorType> got = components.stream().map(Weight::type).toList();
        if (!got.equals(wanted)) {
            throw new ShapeException("quantised weight %s, %s: got %s, wanted %s".formatted(name, scheme, got, wanted));
        }
        if (!HalfConverter.handles(type.dtype())) {
            throw new ShapeException(
                    "quantised weight %s: got %s, wanted f32, bf16 or f16".formatted(name, type.dtype()));
        }
    }

    private static List<TensorType> types(QuantizationScheme scheme, TensorType type) {
        return scheme.parts().stream()
                .map(part -> scheme.type(part, type.shape()))
                .toList();
    }

    /** {@code weight} quantised when it is bound. @throws ShapeException if the scheme doesn't fit it, or it is quantised already */
    public static QuantizedWeight of(Weight weight, QuantizationScheme scheme) {
        List<Weight> components = new ArrayList<>();
        for (Part part : scheme.parts()) {
            components.add(new QuantizedPart(weight, scheme, part));
        }
        return new QuantizedWeight(weight.name(), weight.type(), scheme, components);
    }

    /** The component that is {@code part}. @throws ShapeException if the scheme has none */
    public Weight component(Part part) {
        scheme.type(part, type.shape());
        return components.get(scheme.parts().indexOf(part));
    }

    /** What the components stand for, in the type of the layer. */
    @Override
    public HostTensor source(SegmentAllocator scratch) {
        HostTensor plain = new HostTensor(type, scratch.allocate(type.bytes(), HostTensor.ALIGNMENT));
        Dequantizer.write(
                scheme,
                components.stream().map(component -> component.source(scratch)).toList(),
                plain);
        return plain;
    }

    @Override
    public List<DenseWeight> parts() {
        return components.stream()
                .flatMap(component -> component.parts().stream())
                .toList();
    }

    /** @throws ShapeException also if a part gets another type: scales and values belong to the one that they were computed in */
    @Override
    public Weight withParts(UnaryOperator<DenseWeight> replace) {
        UnaryOperator<DenseWeight> sameType = part -> {
            DenseWeight replaced = replace.apply(part);
            if (!replaced.type().equals(part.type())) {
                throw new ShapeException(
                        "quantised weight %s, %s: got %s for %s, wanted the same type: quantised weights can't be cast"
                                .formatted(name, scheme, replaced, part));
            }
            return replaced;
        };
        return new QuantizedWeight(
                name,
                type,
                scheme,
                components.stream()
                        .map(component -> component.withParts(sameType))
                        .toList());
    }

    /** @throws ShapeException if it has another type: scales and values belong to the one that they were computed in */
    @Override
    public Weight to(DType dtype) {
        if (dtype != type.dtype()) {
            throw new ShapeException("quantised weight %s, %s: got a cast to %s, wanted none: cast first, then quantise"
                    .formatted(name, scheme, dtype));
        }
        return this;
    }

    @Override
    public boolean isQuantized() {
        return true;
    }

    @Override
    public String toString() {
        return "%s(%s):%s".formatted(scheme, name, type);
    }
}
