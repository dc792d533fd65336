package io.github.tintype.nn;

import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.Tensor;
import java.util.List;

/**
 * Sinusoidal embedding of timesteps. t [n] → f32 [n,channels]: sines then cosines of t · 10000^(−i/(channels/2 − shift)), the halves
 * swapped with {@code flipSinToCos}, and a zero at the end if the channels are odd. Source: <a
 * href="https://github.com/huggingface/diffusers/blob/v0.42.1/src/diffusers/models/embeddings.py">diffusers
 * models/embeddings.py Timesteps</a>.
 *
 * @param frequencies f32 [channels/2]
 */
public record Timesteps(String path, int channels, boolean flipSinToCos, HostTensor frequencies)
        implements Module.Of1<Tensor, Tensor> {
    public static Timesteps of(String path, int channels, boolean flipSinToCos, double downscaleFreqShift) {
        int half = channels / 2;
        float[] frequencies = new float[half];
        for (int i = 0; i < half; i++) {
            // Rounded to float where torch rounds: at t = 999 an ulp here is an error of 6e-5 in the angle.
            float exponent = (float) -Math.log(10000) * i / (float) (half - downscaleFreqShift);
            frequencies[i] = (float) Math.exp(exponent);
        }
        return new Timesteps(path, channels, flipSinToCos, HostTensor.ofFloats(frequencies, half));
    }

    @Override
    public Tensor forward(Tensor timesteps) {
        Tensor angles = timesteps.to(DType.F32).unsqueeze(-1).mul(Tensor.of(frequencies));
        Tensor sin = angles.sin();
        Tensor cos = angles.cos();
        Tensor both = Tensor.cat(-1, flipSinToCos ? List.of(cos, sin) : List.of(sin, cos));
        return channels % 2 == 0 ? both : both.pad(-1, 0, 1, 0);
    }
}
