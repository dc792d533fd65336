package io.github.tintype.models.clip;

import io.github.tintype.nn.Activation;
import io.github.tintype.nn.Linear;
import io.github.tintype.nn.Weights;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.Tensor;

/**
 * Two linear layers around an activation. x [b,t,hiddenSize] → [b,t,hiddenSize]. Source: <a
 * href="https://github.com/huggingface/transformers/blob/v5.23.0/src/transformers/models/clip/modeling_clip.py">transformers
 * models/clip/modeling_clip.py CLIPMLP</a>.
 */
public record CLIPMLP(String path, Linear fc1, Activation activationFn, Linear fc2)
        implements Module.Of1<Tensor, Tensor> {
    public static CLIPMLP load(Weights w, CLIPTextConfig config) {
        return new CLIPMLP(
                w.path(),
                Linear.load(w.at("fc1"), config.hiddenSize(), config.intermediateSize(), true),
                config.hiddenAct(),
                Linear.load(w.at("fc2"), config.intermediateSize(), config.hiddenSize(), true));
    }

    @Override
    public Tensor forward(Tensor x) {
        return fc2.call(activationFn.apply(fc1.call(x)));
    }
}
