package io.github.tintype.graph;

import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.tensor.TensorType;
import java.util.List;
import java.util.stream.IntStream;

/** Axes in another order: output axis i is input axis {@code order[i]}. */
public record PermuteOp(List<Integer> order) implements ViewOp {
    public PermuteOp {
        order = List.copyOf(order);
    }

    @Override
    public String name() {
        return "permute";
    }

    @Override
    public TensorType infer(List<TensorType> inputs) {
        Types.count(name(), inputs, 1, 1);
        TensorType x = inputs.getFirst();
        if (!order.stream()
                .sorted()
                .toList()
                .equals(IntStream.range(0, x.shape().rank()).boxed().toList())) {
            throw new ShapeException("permute: got order %s for %s".formatted(order, x));
        }
        return x.with(new Shape(order.stream().map(x.shape()::dim).toList()));
    }
}
