package io.github.tintype.pipelines;

import io.github.tintype.capture.CompileOptions;
import io.github.tintype.capture.Compiler;
import io.github.tintype.capture.Explanation;
import io.github.tintype.capture.Prepared;
import io.github.tintype.models.unet.UNet2DConditionConfig;
import io.github.tintype.models.unet.UNet2DConditionModel;
import io.github.tintype.models.vae.AutoencoderKL;
import io.github.tintype.runtime.Engine;
import io.github.tintype.schedulers.Schedule;
import io.github.tintype.schedulers.Scheduler;
import io.github.tintype.schedulers.StepOptions;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.trace.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.SplittableRandom;

/** What the text-to-image pipelines share: latents, loop and decoder around a {@link Conditioner}. */
final class TextToImage implements AutoCloseable {
    private final Engine engine;
    private final UNet2DConditionConfig unet;
    private final int vaeScaleFactor;
    private final DenoisingLoop loop;
    private final LatentDecoder decoder;

    /**
     * @param eager runs what isn't compiled
     * @param standardised whether latents_mean and latents_std of the VAE count
     */
    TextToImage(Compiler eager, Networks networks, boolean standardised) {
        this(
                eager.engine(),
                networks.unet().config(),
                networks.vae().config().scaleFactor(),
                new DenoisingLoop(eager, networks.unet(), networks.unetSuspicion()),
                new LatentDecoder(eager, networks.vae(), standardised, networks.vaeSuspicion()));
    }

    private TextToImage(
            Engine engine, UNet2DConditionConfig unet, int vaeScaleFactor, DenoisingLoop loop, LatentDecoder decoder) {
        this.engine = engine;
        this.unet = unet;
        this.vaeScaleFactor = vaeScaleFactor;
        this.loop = loop;
        this.decoder = decoder;
    }

    TextToImage compileUnet(Compiler compiler, CompileOptions options) {
        return new TextToImage(engine, unet, vaeScaleFactor, loop.compile(compiler, options), decoder);
    }

    TextToImage compileVaeDecode(Compiler compiler, CompileOptions options) {
        return new TextToImage(engine, unet, vaeScaleFactor, loop, decoder.compile(compiler, options));
    }

    TextToImage withUnet(ModelChange change) {
        return new TextToImage(engine, unet, vaeScaleFactor, loop.with(change), decoder);
    }

    TextToImage withVae(ModelChange change) {
        return new TextToImage(engine, unet, vaeScaleFactor, loop, decoder.with(change));
    }

    UNet2DConditionModel unetModel() {
        return loop.model();
    }

    AutoencoderKL vaeModel() {
        return decoder.model();
    }

    /** What holds the UNet's programs. */
    AutoCloseable unet() {
        return loop;
    }

    /** What holds the VAE's programs. */
    AutoCloseable vaeDecode() {
        return decoder;
    }

    /** What compiling UNet and VAE has come to. */
    List<Explanation> explain() {
        return List.of(loop.explain(), decoder.explain());
    }

    /** {@code placeholders}: what {@code conditioner} gives, without values. */
    GenerateResult generate(
            GenerateRequest request,
            Scheduler scheduler,
            double defaultGuidanceScale,
            Conditioner conditioner,
            Conditioner placeholders) {
        Size size = size(request);
        RequestCheck.common(request, size, vaeScaleFactor);
        Guidance guidance = guidance(request, defaultGuidanceScale);
        Schedule schedule = schedule(request, scheduler);
        int steps = steps(schedule, request.denoisingEnd(), scheduler.numTrainTimesteps());
        List<Long> seeds = seeds(request);
        Noise noise = new Noise(engine, seeds);
        Tensor start = noise.initial(request, latents(request.batch(), size));
        try (Early _ = Early.of(early(request, size, guidance, placeholders))) {
            Conditioning conditioning =
                    conditioner.condition(request, size, guidance).to(dtype());
            StepOptions options = StepOptions.NONE.withEta(request.eta()).withNoise(noise);
            Tensor latents = loop.run(
                    request, conditioning, guidance, schedule, steps, options, start.mul(schedule.initNoiseSigma()));
            List<HostTensor> images =
                    request.outputType() == OutputType.LATENT ? List.of() : decoder.decode(latents, request.context());
            return new GenerateResult(images, latents.toHost(), seeds);
        }
    }

    /* What may be loaded before it is called. */
    private List<Runnable> early(GenerateRequest request, Size size, Guidance guidance, Conditioner placeholders) {
        List<Runnable> loads = new ArrayList<>();
        if (loop.mayLoadEarly()) {
            TensorType inStep = latents(guidance.rows(request.batch()), size);
            loads.add(() -> loop.load(inStep, placeholders.condition(request, size, guidance), request.context()));
        }
        if (request.outputType() != OutputType.LATENT && decoder.mayLoadEarly()) {
            loads.add(() -> decoder.load(latents(request.batch(), size), request.context()));
        }
        return loads;
    }

    private TensorType latents(int rows, Size size) {
        return TensorType.of(
                dtype(), rows, unet.inChannels(), size.height() / vaeScaleFactor, size.width() / vaeScaleFactor);
    }

    /**
     * What a request needs.
     *
     * @param encoders for its text
     * @param conditioner gives placeholders
     */
    MemoryNeed memory(
            GenerateRequest request,
            double defaultGuidanceScale,
            List<MemoryNeed.Part> encoders,
            Conditioner conditioner) {
        Size size = size(request);
        RequestCheck.common(request, size, vaeScaleFactor);
        Guidance guidance = guidance(request, defaultGuidanceScale);
        List<MemoryNeed.Part> parts = new ArrayList<>(encoders);
        parts.add(loop.memory(
                latents(guidance.rows(request.batch()), size), conditioner.condition(request, size, guidance)));
        if (request.outputType() != OutputType.LATENT) {
            parts.add(decoder.memory(latents(request.batch(), size)));
        }
        return new MemoryNeed(parts);
    }

    /** UNet and VAE compiled for a request; {@code conditioner} gives placeholders. */
    List<Prepared> prepare(GenerateRequest request, double defaultGuidanceScale, Conditioner conditioner) {
        Size size = size(request);
        RequestCheck.common(request, size, vaeScaleFactor);
        Guidance guidance = guidance(request, defaultGuidanceScale);
        List<Prepared> prepared = new ArrayList<>();
        prepared.add(loop.prepare(
                latents(guidance.rows(request.batch()), size),
                conditioner.condition(request, size, guidance),
                request.context()));
        if (request.outputType() != OutputType.LATENT) {
            prepared.add(decoder.prepare(latents(request.batch(), size), request.context()));
        }
        return prepared;
    }

    private static Guidance guidance(GenerateRequest request, double defaultScale) {
        return new Guidance(request.guidanceScale().orElse(defaultScale), request.guidanceRescale());
    }

    /** A value of the engine. */
    Tensor tensor(HostTensor value) {
        return engine.tensor(value);
    }

    /** Embeddings of a request, in the type that the UNet computes in. */
    Tensor embeds(HostTensor value) {
        return engine.tensor(value.to(dtype()));
    }

    /** The type that the UNet computes in, and so that of latents and conditioning. */
    DType dtype() {
        return loop.model().dtype();
    }

    private Size size(GenerateRequest request) {
        return new Size(pixels("height", request.height()), pixels("width", request.width()));
    }

    private int pixels(String name, OptionalInt requested) {
        if (requested.isPresent()) {
            return requested.getAsInt();
        }
        return unet.sampleSize()
                        .orElseThrow(() -> new RequestException(
                                "%s: got none, wanted a value: the model doesn't say its size".formatted(name)))
                * vaeScaleFactor;
    }

    private static List<Long> seeds(GenerateRequest request) {
        return request.seeds().isEmpty() ? List.of(new SplittableRandom().nextLong() & 0xFFFF_FFFFL) : request.seeds();
    }

    private static Schedule schedule(GenerateRequest request, Scheduler scheduler) {
        if (request.timesteps().isPresent()) {
            return scheduler.setTimesteps(doubles(request.timesteps().get()));
        }
        if (request.sigmas().isPresent()) {
            return scheduler.setSigmas(doubles(request.sigmas().get()));
        }
        return scheduler.setTimesteps(request.numInferenceSteps());
    }

    private static double[] doubles(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).toArray();
    }

    /** How many steps are made: those whose timestep isn't below the cut-off of {@code denoisingEnd}. */
    private static int steps(Schedule schedule, OptionalDouble denoisingEnd, int numTrainTimesteps) {
        double[] timesteps = schedule.timesteps();
        if (denoisingEnd.isEmpty()) {
            return timesteps.length;
        }
        double cutoff = Math.rint(numTrainTimesteps - denoisingEnd.getAsDouble() * numTrainTimesteps);
        int steps = 0;
        for (double timestep : timesteps) {
            steps += timestep >= cutoff ? 1 : 0;
        }
        return steps;
    }

    @Override
    public void close() {
        loop.close();
        decoder.close();
    }
}
