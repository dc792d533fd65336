package io.github.tintype.nn;

import io.github.tintype.tensor.Weight;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.Tensor;
import java.util.Optional;

/** x · weightᵀ + bias. x [...,in], weight [out,in] → [...,out]. Source: torch.nn.Linear. */
public record Linear(String path, Weight weight, Optional<Weight> bias) implements Module.Of1<Tensor, Tensor> {
    public static Linear load(Weights w, long in, long out, boolean bias) {
        return new Linear(
                w.path(), w.get("weight", out, in), bias ? Optional.of(w.get("bias", out)) : Optional.empty());
    }

    @Override
    public Tensor forward(Tensor x) {
        return x.linear(weight, bias);
    }
}
