package io.github.tintype.nn;

import io.github.tintype.tensor.Weight;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.Tensor;

/** Normalisation over the last axis. x [...,channels] → [...,channels]. Source: torch.nn.LayerNorm. */
public record LayerNorm(String path, Weight weight, Weight bias, double eps) implements Module.Of1<Tensor, Tensor> {
    public static LayerNorm load(Weights w, long channels, double eps) {
        return new LayerNorm(w.path(), w.get("weight", channels), w.get("bias", channels), eps);
    }

    @Override
    public Tensor forward(Tensor x) {
        return x.layerNorm(weight, bias, eps);
    }
}
