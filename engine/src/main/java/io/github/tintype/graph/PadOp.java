package io.github.tintype.graph;

import io.github.tintype.tensor.ShapeException;
import io.github.tintype.tensor.TensorType;
import java.util.List;

/** One axis lengthened by elements of one value. */
public record PadOp(int axis, long before, long after, double value) implements PrimitiveOp {
    @Override
    public String name() {
        return "pad";
    }

    @Override
    public TensorType infer(List<TensorType> inputs) {
        Types.count(name(), inputs, 1, 1);
        TensorType x = inputs.getFirst();
        if (before < 0 || after < 0) {
            throw new ShapeException("pad: got %d before and %d after, wanted 0 or more".formatted(before, after));
        }
        return x.with(x.shape().with(axis, x.shape().dim(axis).plus(before + after)));
    }
}
