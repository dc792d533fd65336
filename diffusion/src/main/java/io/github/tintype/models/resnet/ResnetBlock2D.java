package io.github.tintype.models.resnet;

import io.github.tintype.nn.Activation;
import io.github.tintype.nn.Conv2d;
import io.github.tintype.nn.GroupNorm;
import io.github.tintype.nn.Linear;
import io.github.tintype.nn.Weights;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.Tensor;
import java.util.Optional;

/**
 * Two convolutions with a shortcut, moved by the time embedding. x [b,in,h,w], temb [b,t] → [b,out,h,w]. Only the "default" time
 * scale shift. Source: <a href="https://github.com/huggingface/diffusers/blob/v0.42.1/src/diffusers/models/resnet.py">diffusers
 * models/resnet.py ResnetBlock2D</a>.
 *
 * @param timeEmbProj present exactly where a time embedding is given
 */
public record ResnetBlock2D(
        String path,
        GroupNorm norm1,
        Conv2d conv1,
        Optional<Linear> timeEmbProj,
        GroupNorm norm2,
        Conv2d conv2,
        Optional<Conv2d> convShortcut,
        Activation nonlinearity,
        double outputScaleFactor)
        implements Module.Of2<Tensor, Optional<Tensor>, Tensor> {
    /**
     * What the resnets of one model share.
     *
     * @param tembChannels width of the time embedding, if there is one
     */
    public record Options(
            Optional<Integer> tembChannels, int groups, double eps, Activation nonlinearity, double outputScaleFactor) {
        /** These options with another factor by which the output is divided. */
        public Options withOutputScaleFactor(double factor) {
            return new Options(tembChannels, groups, eps, nonlinearity, factor);
        }
    }

    public static ResnetBlock2D load(Weights w, int in, int out, Options options) {
        return new ResnetBlock2D(
                w.path(),
                GroupNorm.load(w.at("norm1"), options.groups, in, options.eps),
                Conv2d.load(w.at("conv1"), in, out, 3, 1, 1, true),
                options.tembChannels.map(channels -> Linear.load(w.at("time_emb_proj"), channels, out, true)),
                GroupNorm.load(w.at("norm2"), options.groups, out, options.eps),
                Conv2d.load(w.at("conv2"), out, out, 3, 1, 1, true),
                in == out ? Optional.empty() : Optional.of(Conv2d.load(w.at("conv_shortcut"), in, out, 1, 1, 0, true)),
                options.nonlinearity,
                options.outputScaleFactor);
    }

    @Override
    public Tensor forward(Tensor x, Optional<Tensor> temb) {
        Tensor hidden = conv1.call(nonlinearity.apply(norm1.call(x)));
        if (timeEmbProj.isPresent() && temb.isPresent()) {
            Tensor shift = timeEmbProj.get().call(nonlinearity.apply(temb.get()));
            hidden = hidden.add(shift.unsqueeze(-1).unsqueeze(-1));
        }
        hidden = conv2.call(nonlinearity.apply(norm2.call(hidden)));
        Tensor input = convShortcut.isPresent() ? convShortcut.get().call(x) : x;
        Tensor output = input.add(hidden);
        return outputScaleFactor == 1 ? output : output.div(outputScaleFactor);
    }
}
