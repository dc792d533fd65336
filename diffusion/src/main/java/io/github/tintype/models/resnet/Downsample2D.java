package io.github.tintype.models.resnet;

import io.github.tintype.nn.Conv2d;
import io.github.tintype.nn.Weights;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.Tensor;

/**
 * Convolution of stride 2. x [b,c,h,w] → [b,c,⌊(h−1)/2⌋+1,⌊(w−1)/2⌋+1] with padding 1; with padding 0 one row and one column of zeros
 * are added below and right: [b,c,⌊h/2⌋,⌊w/2⌋]. Source: <a
 * href="https://github.com/huggingface/diffusers/blob/v0.42.1/src/diffusers/models/downsampling.py">diffusers
 * models/downsampling.py Downsample2D</a>.
 */
public record Downsample2D(String path, Conv2d conv, int padding) implements Module.Of1<Tensor, Tensor> {
    public static Downsample2D load(Weights w, int channels, int padding) {
        return new Downsample2D(w.path(), Conv2d.load(w.at("conv"), channels, channels, 3, 2, padding, true), padding);
    }

    @Override
    public Tensor forward(Tensor x) {
        Tensor padded = padding == 0 ? x.pad(-1, 0, 1, 0).pad(-2, 0, 1, 0) : x;
        return conv.call(padded);
    }
}
