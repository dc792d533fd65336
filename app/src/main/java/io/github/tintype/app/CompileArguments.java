package io.github.tintype.app;

import java.util.Optional;
import picocli.CommandLine.Option;

/** How to compile, unchecked: {@link Compilation} gives it meaning. */
final class CompileArguments {
    @Option(
            names = "--compile",
            paramLabel = "MODE",
            description =
                    "Compile the models first: default (--compile alone is that), reduce-overhead, max-autotune or max-autotune-no-cudagraphs.")
    Optional<String> mode = Optional.empty();

    @Option(names = "--dynamic", description = "With --compile: one graph for all sizes.")
    boolean dynamic;

    @Option(names = "--regional", description = "With --compile: only the blocks that the UNet repeats, once each.")
    boolean regional;

    @Option(names = "--fullgraph", description = "With --compile: a graph break is an error.")
    boolean fullgraph;

    @Option(
            names = "--tuning-budget",
            paramLabel = "SECONDS",
            description =
                    "With --compile=max-autotune: the most time that measuring kernels takes, for each model; otherwise as much as it takes. A later run measures the rest.")
    Optional<String> tuningBudget = Optional.empty();
}
