package io.github.tintype.nn;

import io.github.tintype.trace.Module;
import io.github.tintype.trace.Tensor;

/**
 * Two linear layers around an activation. x [n,in] → [n,channels]. Source: <a
 * href="https://github.com/huggingface/diffusers/blob/v0.42.1/src/diffusers/models/embeddings.py">diffusers
 * models/embeddings.py TimestepEmbedding</a>.
 */
public record TimestepEmbedding(String path, Linear linear1, Activation act, Linear linear2)
        implements Module.Of1<Tensor, Tensor> {
    public static TimestepEmbedding load(Weights w, long in, long channels, Activation act) {
        return new TimestepEmbedding(
                w.path(),
                Linear.load(w.at("linear_1"), in, channels, true),
                act,
                Linear.load(w.at("linear_2"), channels, channels, true));
    }

    @Override
    public Tensor forward(Tensor x) {
        return linear2.call(act.apply(linear1.call(x)));
    }
}
