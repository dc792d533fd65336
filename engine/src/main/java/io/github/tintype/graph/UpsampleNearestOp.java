package io.github.tintype.graph;

import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.TensorType;
import java.util.List;
import java.util.function.Function;

/** x [n,c,h,w] → [n,c,height,width], see {@link #source}. Source: torch.nn.functional.interpolate(size, mode="nearest"). */
public record UpsampleNearestOp(Dim height, Dim width) implements PrimitiveOp {
    /**
     * Where element {@code i} of {@code to} comes from among {@code from}: ⌊i·from/to⌋ in torch's arithmetic, whose ratio is a float. So where
     * i·from/to is whole, or nearly, it may be one less: of 49 elements made from 1, the last would come from 0.99999994.
     */
    public static long source(long i, long from, long to) {
        if (to == from) {
            return i;
        }
        if (to == 2 * from) {
            return i / 2;
        }
        float ratio = (float) from / to;
        return Math.min((long) Math.floor(i * ratio), from - 1);
    }

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
