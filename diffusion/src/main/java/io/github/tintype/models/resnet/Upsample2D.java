package io.github.tintype.models.resnet;

import io.github.tintype.nn.Conv2d;
import io.github.tintype.nn.Weights;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.Tensor;

/**
 * Nearest-neighbour upsampling to a given size, then a convolution. x [b,c,h,w] → [b,c,size]. Source: <a
 * href="https://github.com/huggingface/diffusers/blob/v0.42.1/src/diffusers/models/upsampling.py">diffusers
 * models/upsampling.py Upsample2D</a>.
 */
public record Upsample2D(String path, Conv2d conv) implements Module.Of2<Tensor, Size, Tensor> {
    public static Upsample2D load(Weights w, int channels) {
        return new Upsample2D(w.path(), Conv2d.load(w.at("conv"), channels, channels, 3, 1, 1, true));
    }

    @Override
    public Tensor forward(Tensor x, Size size) {
        return conv.call(x.upsampleNearest(size.height(), size.width()));
    }
}
