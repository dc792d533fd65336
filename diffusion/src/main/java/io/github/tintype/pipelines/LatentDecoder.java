package io.github.tintype.pipelines;

import io.github.tintype.models.vae.AutoencoderKL;
import io.github.tintype.models.vae.AutoencoderKLConfig;
import io.github.tintype.runtime.Engine;
import io.github.tintype.runtime.Program;
import io.github.tintype.runtime.RunContext;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.trace.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Latents → pictures: takes the scaling of the latents back, decodes, maps −1..1 to 0..1. */
final class LatentDecoder implements AutoCloseable {
    private final Program program;

    /** standardised: latents_mean and latents_std of the VAE count, as in SDXL; Stable Diffusion doesn't look at them. */
    LatentDecoder(Engine engine, AutoencoderKL vae, boolean standardised) {
        this.program = engine.program("vae.decode", inputs -> {
            Tensor image = vae.decode(unscale(inputs.get(0), vae.config(), standardised));
            return List.of(image.mul(0.5).add(0.5).clamp(0, 1), Finite.probe(image));
        });
    }

    /** [b,c,h,w] f32 → b pictures [3,8h,8w] in 0..1. @throws NonFiniteException naming the VAE */
    List<HostTensor> decode(Tensor latents, RunContext context) {
        List<Tensor> outputs = program.run(List.of(latents), context);
        Finite.checkProbe(outputs.get(1), "decode: vae");
        Tensor images = outputs.get(0);
        List<HostTensor> pictures = new ArrayList<>();
        for (long i = 0; i < images.shape().size(0); i++) {
            pictures.add(images.slice(0, i, i + 1).squeeze(0).toHost());
        }
        return pictures;
    }

    private static Tensor unscale(Tensor latents, AutoencoderKLConfig config, boolean standardised) {
        Optional<Tensor> mean = config.latentsMean().map(LatentDecoder::perChannel);
        Optional<Tensor> std = config.latentsStd().map(LatentDecoder::perChannel);
        if (standardised && mean.isPresent() && std.isPresent()) {
            return latents.mul(std.get()).div(config.scalingFactor()).add(mean.get());
        }
        return latents.div(config.scalingFactor());
    }

    private static Tensor perChannel(List<Double> values) {
        float[] floats = new float[values.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = values.get(i).floatValue();
        }
        return Tensor.of(HostTensor.ofFloats(floats, 1, floats.length, 1, 1));
    }

    @Override
    public void close() {
        program.close();
    }
}
