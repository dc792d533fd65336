package io.github.tintype.app;

import io.github.tintype.capture.Compiler;
import io.github.tintype.image.PngWriter;
import io.github.tintype.io.ModelFolder;
import io.github.tintype.io.ModelFormatException;
import io.github.tintype.io.SafetensorsFile;
import io.github.tintype.io.SafetensorsWriter;
import io.github.tintype.pipelines.DiffusionPipeline;
import io.github.tintype.pipelines.GenerateRequest;
import io.github.tintype.pipelines.GenerateResult;
import io.github.tintype.pipelines.StableDiffusionPipeline;
import io.github.tintype.pipelines.StableDiffusionXLPipeline;
import io.github.tintype.runtime.Cancellation;
import io.github.tintype.runtime.Engine;
import io.github.tintype.runtime.Profile;
import io.github.tintype.runtime.RunContext;
import io.github.tintype.schedulers.Schedulers;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Pictures from the pipelines, on the device that the request names. */
final class PipelineGenerator implements Generator {
    private static final String LATENTS = "latents";

    private final Map<String, String> environment;
    private final PrintStream err;

    /** @param environment variables of the process */
    PipelineGenerator(Map<String, String> environment, PrintStream err) {
        this.environment = environment;
        this.err = err;
    }

    @Override
    public Result generate(GenerationRequest request, Progress progress, Cancellation cancellation) {
        Diagnostics diagnostics = Diagnostics.of(environment, err);
        Optional<HostTensor> latents = request.latentsIn().map(PipelineGenerator::latents);
        try (Packages packages = Packages.open(request.compiledPackage());
                OpeningEngine opening = OpeningEngine.of(() -> Engine.on(
                        Devices.open(request, packages.opened()),
                        request.memoryBudget().orElseGet(MachineMemory::bytes)))) {
            progress.stage("load", 1);
            ModelFolder folder = ModelFolder.open(request.model());
            String scheduler = request.scheduler()
                    .orElseGet(() -> folder.require("scheduler").className());
            try (DiffusionPipeline loaded = request.setup().open(request.model(), opening, diagnostics);
                    DiffusionPipeline scheduled =
                            loaded.withScheduler(Schedulers.fromConfig(scheduler, folder.config("scheduler")));
                    DiffusionPipeline pipeline =
                            compiled(scheduled, request.compilation(), new Compiler(opening.get(), diagnostics))) {
                progress.done(1);
                cancellation.check();
                double guidance = request.guidanceScale().orElse(defaultGuidance(pipeline));
                Optional<Profile> profile = diagnostics.profile();
                RunContext context =
                        new RunContext(cancellation, profile).withPreparation(Preparation.shownBy(progress));
                GenerateResult result = pipeline.generate(call(request, latents, guidance, progress, context));
                profile.ifPresent(collected -> diagnostics.show(
                        collected, request.threads().orElseGet(Runtime.getRuntime()::availableProcessors)));
                if (request.explain()) {
                    explain(request, pipeline, opening.get());
                }
                request.latentsOut()
                        .ifPresent(file -> SafetensorsWriter.write(file, Map.of(LATENTS, result.latents()), Map.of()));
                return result(request, result, guidance, scheduler);
            }
        }
    }

    private void explain(GenerationRequest request, DiffusionPipeline pipeline, Engine engine) {
        request.setup()
                .quantization()
                .ifPresent(what -> what.reports(pipeline)
                        .forEach((component, report) -> err.print(component + ": " + report.text())));
        pipeline.explain().forEach(err::print);
        engine.device().cache().ifPresent(use -> err.println(use.report()));
    }

    private static DiffusionPipeline compiled(
            DiffusionPipeline pipeline, Optional<Compilation> compilation, Compiler compiler) {
        return compilation.map(how -> how.apply(pipeline, compiler)).orElse(pipeline);
    }

    /** The pipelines' own defaults, spelt out because the picture records what was used. */
    private static double defaultGuidance(DiffusionPipeline pipeline) {
        return switch (pipeline) {
            case StableDiffusionXLPipeline _ -> 5;
            case StableDiffusionPipeline _ -> 7.5;
        };
    }

    private static GenerateRequest call(
            GenerationRequest request,
            Optional<HostTensor> latents,
            double guidance,
            Progress progress,
            RunContext context) {
        GenerateRequest.Builder call = GenerateRequest.builder(request.prompt())
                .numInferenceSteps(request.steps())
                .guidanceScale(guidance)
                .numImagesPerPrompt(request.batch())
                .seeds(request.seeds())
                .progress((done, total) -> show(progress, done, total))
                .context(context);
        request.negativePrompt().ifPresent(n -> call.negativePrompts(List.of(n)));
        request.width().ifPresent(call::width);
        request.height().ifPresent(call::height);
        latents.ifPresent(call::latents);
        return call.build();
    }

    private static void show(Progress progress, int done, int total) {
        if (done == 0) {
            progress.stage("steps", total);
            return;
        }
        progress.done(done);
        if (done == total) {
            progress.stage("decode", 1);
        }
    }

    private static HostTensor latents(Path file) {
        try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
            if (!tensors.names().contains(LATENTS)) {
                throw new ModelFormatException("%s: expected a tensor \"%s\", found %d others"
                        .formatted(file, LATENTS, tensors.names().size()));
            }
            HostTensor mapped = tensors.tensor(LATENTS).to(DType.F32);
            return HostTensor.ofFloats(mapped.toFloats(), mapped.shape().sizes()); // a copy: the file is closed here
        }
    }

    private static Result result(GenerationRequest request, GenerateResult result, double guidance, String scheduler) {
        HostTensor first = result.images().getFirst();
        List<Picture> pictures = result.images().stream()
                .<Picture>map(image -> text -> PngWriter.encode(image, text))
                .toList();
        return new Result(
                pictures,
                guidance,
                scheduler,
                Math.toIntExact(first.shape().size(2)),
                Math.toIntExact(first.shape().size(1)),
                request.setup().type(),
                request.device().name().toLowerCase(Locale.ROOT));
    }
}
