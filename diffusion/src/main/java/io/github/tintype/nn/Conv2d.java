package io.github.tintype.nn;

import io.github.tintype.tensor.Weight;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.Tensor;
import java.util.Optional;

/** Square convolution. x [n,in,h,w], weight [out,in,kernel,kernel] → [n,out,h',w']. Source: torch.nn.Conv2d. */
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
        return x.conv2d(weight, bias, stride, padding, 1, 1);
    }
}
