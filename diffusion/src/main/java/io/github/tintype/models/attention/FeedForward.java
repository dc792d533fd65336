package io.github.tintype.models.attention;

import io.github.tintype.nn.Linear;
import io.github.tintype.nn.Weights;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.Tensor;

/**
 * {@link GEGLU} to four times the width, and back. x [b,t,channels] → [b,t,channels]. Source: <a
 * href="https://github.com/huggingface/diffusers/blob/v0.42.1/src/diffusers/models/attention.py">diffusers
 * models/attention.py FeedForward</a>.
 */
public record FeedForward(String path, GEGLU activation, Linear output) implements Module.Of1<Tensor, Tensor> {
    public static FeedForward load(Weights w, int channels) {
        int inner = Math.multiplyExact(channels, 4);
        return new FeedForward(
                w.path(),
                GEGLU.load(w.at("net.0"), channels, inner),
                Linear.load(w.at("net.2"), inner, channels, true));
    }

    @Override
    public Tensor forward(Tensor x) {
        return output.call(activation.call(x));
    }
}
