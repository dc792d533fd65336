package io.github.tintype.models.attention;

import io.github.tintype.nn.Linear;
import io.github.tintype.nn.Weights;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.Tensor;
import java.util.List;

/**
 * One half of a projection times the gelu of the other. x [...,in] → [...,out]. Source: <a
 * href="https://github.com/huggingface/diffusers/blob/v0.42.1/src/diffusers/models/activations.py">diffusers
 * models/activations.py GEGLU</a>.
 */
public record GEGLU(String path, Linear proj) implements Module.Of1<Tensor, Tensor> {
    public static GEGLU load(Weights w, int in, int out) {
        return new GEGLU(w.path(), Linear.load(w.at("proj"), in, 2L * out, true));
    }

    @Override
    public Tensor forward(Tensor x) {
        List<Tensor> halves = proj.call(x).chunk(2, -1);
        return halves.getFirst().mul(halves.getLast().gelu());
    }
}
