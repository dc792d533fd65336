package io.github.tintype.nn;

import io.github.tintype.tensor.ReshapedWeight;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.tensor.Weight;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.Tensor;
import java.util.Optional;

/**
 * Square convolution. x [n,in,h,w], weight [out,in,kernel,kernel] → [n,out,h',w']. Source: torch.nn.Conv2d.
 *
 * <p>A 1×1 one of stride 1 may hold its weight as [out,in]: then it is computed as a linear layer between two permutations, and its weight
 * may be quantised, as any linear layer's.
 */
public record Conv2d(String path, Weight weight, Optional<Weight> bias, int stride, int padding)
        implements Module.Of1<Tensor, Tensor> {
    public static Conv2d load(Weights w, long in, long out, int kernel, int stride, int padding, boolean bias) {
        return new Conv2d(
                w.path(),
                w.get("weight", out, in, kernel, kernel),
                bias ? Optional.of(w.get("bias", out)) : Optional.empty(),
                stride,
                padding);
    }

    @Override
    public Tensor forward(Tensor x) {
        return isLinear()
                ? x.permute(0, 2, 3, 1).linear(weight, bias).permute(0, 3, 1, 2)
                : x.conv2d(weight, bias, stride, padding, 1, 1);
    }

    /** Whether this is computed as a linear layer. */
    public boolean isLinear() {
        return weight.type().shape().rank() == 2;
    }

    /** Whether this is a 1×1 convolution of stride 1, which {@link #asLinear} can make a linear layer. */
    public boolean isPointwise() {
        Shape shape = weight.type().shape();
        return isLinear() || (shape.size(2) == 1 && shape.size(3) == 1 && stride == 1 && padding == 0);
    }

    /** This as a linear layer: the same results. @throws ShapeException if it isn't {@link #isPointwise} */
    public Conv2d asLinear() {
        if (!isPointwise()) {
            throw new ShapeException(
                    "%s: got a convolution %s with stride %d and padding %d, wanted a 1×1 one of stride 1"
                            .formatted(path, weight.type(), stride, padding));
        }
        Shape shape = weight.type().shape();
        return isLinear() ? this : withWeight(new ReshapedWeight(weight, Shape.of(shape.size(0), shape.size(1))));
    }

    /** This with another weight of the same sizes. */
    public Conv2d withWeight(Weight other) {
        return new Conv2d(path, other, bias, stride, padding);
    }
}
