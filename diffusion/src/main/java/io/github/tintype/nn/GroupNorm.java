package io.github.tintype.nn;

import io.github.tintype.io.ModelFormatException;
import io.github.tintype.tensor.Weight;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.Tensor;

/** Normalisation over groups of channels. x [n,c,h,w] → [n,c,h,w]. Source: torch.nn.GroupNorm. */
public record GroupNorm(String path, int groups, Weight weight, Weight bias, double eps)
        implements Module.Of1<Tensor, Tensor> {
    /** @throws ModelFormatException if the groups do not divide the channels */
    public static GroupNorm load(Weights w, int groups, long channels, double eps) {
        if (groups < 1 || channels % groups != 0) {
            throw new ModelFormatException(
                    "%s: got %d groups, wanted a divisor of %d channels".formatted(w.path(), groups, channels));
        }
        return new GroupNorm(w.path(), groups, w.get("weight", channels), w.get("bias", channels), eps);
    }

    @Override
    public Tensor forward(Tensor x) {
        return x.groupNorm(groups, weight, bias, eps);
    }
}
