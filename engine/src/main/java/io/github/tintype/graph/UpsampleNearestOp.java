package io.github.tintype.graph;

import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.TensorType;
import java.util.List;
import java.util.function.Function;

/** x [n,c,h,w] → [n,c,height,width], source index ⌊i·h/height⌋. Source: torch.nn.functional.interpolate(mode="nearest"). */
public record UpsampleNearestOp(Dim height, Dim width) implements PrimitiveOp {
    @Override
    public String name() {
        return "upsample_nearest";
    }

    @Override
    public TensorType infer(List<TensorType> inputs) {
        Types.count(name(), inputs, 1, 1);
        TensorType x = inputs.getFirst();
        Types.rank(name(), x, 4);
        return x.with(x.shape().with(2, height).with(3, width));
    }

    @Override
    public Op substitute(Function<String, Dim> symbols) {
        return new UpsampleNearestOp(height.substitute(symbols), width.substitute(symbols));
    }
}
