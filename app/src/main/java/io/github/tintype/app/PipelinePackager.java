package io.github.tintype.app;

import io.github.tintype.capture.CompileListener;
import io.github.tintype.capture.Compiler;
import io.github.tintype.capture.Prepared;
import io.github.tintype.code.HostProcessor;
import io.github.tintype.code.Target;
import io.github.tintype.code.cache.CacheKey;
import io.github.tintype.code.cache.CompileCache;
import io.github.tintype.code.cache.PlanKey;
import io.github.tintype.code.cache.TuneKey;
import io.github.tintype.cpu.CpuDevice;
import io.github.tintype.device.Kernel;
import io.github.tintype.pipelines.DiffusionPipeline;
import io.github.tintype.pipelines.GenerateRequest;
import io.github.tintype.runtime.Cancellation;
import io.github.tintype.runtime.Engine;
import io.github.tintype.runtime.RunContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Packages of what the pipelines of {@code tintype generate} would compile. No weight is read. */
final class PipelinePackager implements Packager {
    @Override
    public Summary write(Request request, Progress progress, Cancellation cancellation) {
        RunContext context =
                new RunContext(cancellation, Optional.empty()).withPreparation(Preparation.shownBy(progress));
        try (CpuDevice device = CpuDevice.open();
                Engine engine = Engine.on(device);
                DiffusionPipeline pipeline = request.setup().open(request.model(), engine, CompileListener.NONE)) {
            List<GenerateRequest> requests = requests(request, context);
            int calls = requests.size() == 1 ? 1 : 2 * requests.size();
            progress.stage("compile", calls);
            List<Kernel> kernels = new ArrayList<>();
            // A first call finds its own size; later ones the graph in which the sizes that have changed by then are
            // open.
            for (GenerateRequest first : requests) {
                compile(request, pipeline, engine, List.of(first), kernels);
                progress.done(Math.min(calls, requests.indexOf(first) + 1));
            }
            if (requests.size() > 1) {
                compile(request, pipeline, engine, requests, kernels);
                progress.done(calls);
            }
            cancellation.check();
            List<Target> targets = request.targets().isEmpty() ? List.of(HostProcessor.target()) : request.targets();
            List<CacheKey<?>> used =
                    engine.device().cache().orElseThrow().report().keys();
            Set<CacheKey<?>> keys = new LinkedHashSet<>();
            used.stream().filter(PlanKey.class::isInstance).forEach(keys::add);
            int graphs = keys.size();
            keys.addAll(device.keep(kernels, targets));
            int programs = keys.size() - graphs;
            // What max-autotune has measured holds for this machine.
            used.stream().filter(TuneKey.class::isInstance).forEach(keys::add);
            save(request, engine.device().cache().orElseThrow().cache(), keys);
            return new Summary(graphs, programs, size(request));
        }
    }

    private static List<GenerateRequest> requests(Request request, RunContext context) {
        GenerateRequest.Builder picture =
                GenerateRequest.builder("").numImagesPerPrompt(request.batch()).context(context);
        request.guidanceScale().ifPresent(picture::guidanceScale);
        if (request.sizes().isEmpty()) {
            return List.of(picture.build());
        }
        return request.sizes().stream()
                .map(size -> picture.width(size.width()).height(size.height()).build())
                .toList();
    }

    private static void compile(
            Request request,
            DiffusionPipeline pipeline,
            Engine engine,
            List<GenerateRequest> requests,
            List<Kernel> kernels) {
        try (DiffusionPipeline compiled =
                request.compilation().apply(pipeline, new Compiler(engine, CompileListener.NONE))) {
            for (GenerateRequest one : requests) {
                compiled.prepare(one).stream().map(Prepared::kernels).forEach(kernels::addAll);
            }
        }
    }

    private static void save(Request request, CompileCache cache, Set<CacheKey<?>> keys) {
        List<CacheKey<?>> missing = cache.save(request.output(), keys);
        if (!missing.isEmpty()) {
            throw new CliException(
                    ExitCode.IO,
                    "package: expected a cache that keeps what is compiled, found %s without %d of %d entries"
                            .formatted(cache.folder(), missing.size(), keys.size()));
        }
    }

    private static long size(Request request) {
        try {
            return Files.size(request.output());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
