package io.github.tintype.app;

import io.github.tintype.capture.CompileOptions;
import io.github.tintype.capture.Compiler;
import io.github.tintype.capture.Dynamic;
import io.github.tintype.capture.Mode;
import io.github.tintype.pipelines.DiffusionPipeline;
import io.github.tintype.pipelines.PipelineComponent;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * How the models of a request are compiled.
 *
 * @param regional whether only the blocks that the UNet repeats are compiled
 */
record Compilation(CompileOptions options, boolean regional) {
    private static final int MOST_SECONDS = 1_000_000;

    /**
     * What {@code a} asks for, if it asks for compiling.
     *
     * @param others flags of the same command that mean nothing without it, and whether they are given
     * @throws CliException for one of them alone, for a mode that there isn't, and for a budget that is none
     */
    static Optional<Compilation> asked(CompileArguments a, Map<String, Boolean> others) {
        if (a.mode.isEmpty()) {
            Map<String, Boolean> needs = new LinkedHashMap<>();
            needs.put("--dynamic", a.dynamic);
            needs.put("--regional", a.regional);
            needs.put("--fullgraph", a.fullgraph);
            needs.put("--tuning-budget", a.tuningBudget.isPresent());
            needs.putAll(others);
            CliException.refuse(needs, "expected --compile beside it, found none");
        }
        return a.mode.map(mode -> of(a, mode));
    }

    /** What {@code a} asks for, in {@code mode}. @throws CliException for a mode that there isn't, and for a budget that is none */
    static Compilation of(CompileArguments a, String mode) {
        CompileOptions options = CompileOptions.DEFAULT
                .withMode(mode(mode))
                .withDynamic(a.dynamic ? Dynamic.ALWAYS : Dynamic.AUTO)
                .withDuckShape(!a.dynamic)
                .withFullgraph(a.fullgraph);
        Optional<Duration> budget = tuningBudget(a.tuningBudget, List.of(options.mode()));
        return new Compilation(budget.map(options::withTuningBudget).orElse(options), a.regional);
    }

    /** The value of {@code --tuning-budget} beside modes. @throws CliException if none of them has anything measured, or it is no time */
    static Optional<Duration> tuningBudget(Optional<String> seconds, List<Mode> modes) {
        if (seconds.isPresent() && modes.stream().allMatch(mode -> mode.search().isNone())) {
            throw CliException.usage(
                    "--tuning-budget",
                    "the mode %s or %s beside it".formatted(Mode.MAX_AUTOTUNE, Mode.MAX_AUTOTUNE_NO_CUDAGRAPHS),
                    modes.stream().map(Mode::toString).collect(Collectors.joining(",")));
        }
        return seconds.map(text -> Duration.ofSeconds(RequestParser.whole("--tuning-budget", text, 0, MOST_SECONDS)));
    }

    private static Mode mode(String value) {
        return Mode.find(value).orElseThrow(() -> CliException.usage("--compile", "one of " + Mode.names(), value));
    }

    /** UNet and VAE, as the guide does; a text encoder runs once for a prompt. */
    DiffusionPipeline apply(DiffusionPipeline pipeline, Compiler compiler) {
        if (regional) {
            return pipeline.compileRepeatedBlocks(compiler, options); // a VAE repeats none
        }
        try (DiffusionPipeline unet = pipeline.compile(PipelineComponent.UNET, compiler, options)) {
            return unet.compile(PipelineComponent.VAE_DECODE, compiler, options);
        }
    }
}
