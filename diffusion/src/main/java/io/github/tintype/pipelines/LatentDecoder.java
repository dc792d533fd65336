package io.github.tintype.pipelines;

import io.github.tintype.capture.CompileOptions;
import io.github.tintype.capture.Compiled;
import io.github.tintype.capture.Compiler;
import io.github.tintype.capture.Explanation;
import io.github.tintype.capture.Prepared;
import io.github.tintype.models.vae.AutoencoderKL;
import io.github.tintype.models.vae.AutoencoderKLConfig;
import io.github.tintype.runtime.RunContext;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.trace.ModuleTree;
import io.github.tintype.trace.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Latents → pictures: takes the scaling of the latents back, decodes, maps −1..1 to 0..1. A VAE in f16 whose configuration says force_upcast computes in f32.
 */
final class LatentDecoder implements AutoCloseable {
    /* Pictures in 0..1, and what tells whether all of it is finite. */
    private record Decoded(Tensor images, Tensor probe) {}

    private final AutoencoderKL model;
    private final boolean standardised;
    private final Compiled<Tensor, Decoded> vae;
    private final Supplier<String> suspicion;

    /** standardised: latents_mean and latents_std of the VAE count, as in SDXL; Stable Diffusion doesn't look at them. */
    LatentDecoder(Compiler eager, AutoencoderKL vae, boolean standardised, Supplier<String> suspicion) {
        this(
                vae,
                standardised,
                PipelineComponent.VAE_DECODE.eager(eager, latents -> decode(latents, vae, standardised)),
                suspicion);
    }

    private LatentDecoder(
            AutoencoderKL model, boolean standardised, Compiled<Tensor, Decoded> vae, Supplier<String> suspicion) {
        this.model = model;
        this.standardised = standardised;
        this.vae = vae;
        this.suspicion = suspicion;
    }

    private static Decoded decode(Tensor latents, AutoencoderKL vae, boolean standardised) {
        AutoencoderKL exact = upcast(vae);
        Tensor image = exact.decode(unscale(latents.to(exact.dtype()), vae.config(), standardised))
                .to(DType.F32);
        return new Decoded(image.mul(0.5).add(0.5).clamp(0, 1), Finite.probe(image));
    }

    /* As diffusers does it for SDXL; its Stable Diffusion pipeline gives black pictures for such a VAE. */
    private static AutoencoderKL upcast(AutoencoderKL vae) {
        return vae.dtype() == DType.F16 && vae.config().forceUpcast()
                ? ModuleTree.mapWeights(vae, weight -> weight.to(DType.F32))
                : vae;
    }

    /** This decoder, compiled. */
    LatentDecoder compile(Compiler compiler, CompileOptions options) {
        return new LatentDecoder(model, standardised, vae.with(compiler, options), suspicion);
    }

    /** This decoder with a VAE of changed modules. */
    LatentDecoder with(ModelChange change) {
        AutoencoderKL changed = change.of(model);
        return new LatentDecoder(
                changed, standardised, vae.with(latents -> decode(latents, changed, standardised)), suspicion);
    }

    AutoencoderKL model() {
        return model;
    }

    Explanation explain() {
        return vae.explain();
    }

    /** What decoding latents of this type needs. */
    MemoryNeed.Part memory(TensorType latents) {
        return new MemoryNeed.Part(PipelineComponent.VAE_DECODE, vae.memory(Tensor.placeholder(latents)));
    }

    /** The VAE compiled for latents of this type. */
    Prepared prepare(TensorType latents, RunContext context) {
        return vae.prepare(Tensor.placeholder(latents), context);
    }

    /** Whether {@link #load} may come before there are latents. */
    boolean mayLoadEarly() {
        return vae.mayLoadEarly();
    }

    /** What decoding latents of this type does before it runs. */
    void load(TensorType latents, RunContext context) {
        vae.load(Tensor.placeholder(latents), context);
    }

    /** [b,c,h,w] of any float type → b pictures f32 [3,8h,8w] in 0..1. @throws NonFiniteException naming the VAE */
    List<HostTensor> decode(Tensor latents, RunContext context) {
        Decoded decoded = vae.call(latents, context);
        Finite.checkProbe(decoded.probe(), "decode: vae", suspicion);
        Tensor images = decoded.images();
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
        vae.close();
    }
}
