package io.github.tintype.app;

import java.util.Optional;
import picocli.CommandLine.Option;

/** The words of {@code tintype bench}, unchecked: {@link BenchParser} gives them meaning. */
final class BenchArguments {
    @Option(
            names = "--models",
            paramLabel = "MODEL,...",
            description =
                    "tiny, sd15, sdxl, vae, or parts of them such as sd15-unet, sd15-vae-decode, sdxl-text-encoder-2 (tiny).")
    Optional<String> models = Optional.empty();

    @Option(
            names = "--modes",
            paramLabel = "MODE,...",
            description = "eager, default, reduce-overhead, max-autotune, max-autotune-no-cudagraphs (eager,default).")
    Optional<String> modes = Optional.empty();

    @Option(
            names = "--regional",
            description = "Also compile, in each mode, only the blocks that a UNet repeats, once each.")
    boolean regional;

    @Option(names = "--dtypes", paramLabel = "TYPE,...", description = "What models compute in: f32, bf16, f16 (f32).")
    Optional<String> dtypes = Optional.empty();

    @Option(
            names = "--ladder",
            description =
                    "The guide's steps, each on top of the one before: f32, bf16, attention, compiling in the one mode that --modes names (max-autotune), fused projections, dynamic int8.")
    boolean ladder;

    @Option(names = "--fuse-qkv", description = "Fuse the projections of each attention.")
    boolean fuseQkv;

    @Option(
            names = "--quantize",
            paramLabel = "CONFIG,...",
            description =
                    "Beside each type, its layers that the guide's filters choose quantised: int8-dynamic, int8-weight-only, float8-weight-only, float8-dynamic.")
    Optional<String> quantize = Optional.empty();

    @Option(names = "--sizes", paramLabel = "WxH,...", description = "Of the pictures; otherwise each model's own.")
    Optional<String> sizes = Optional.empty();

    @Option(
            names = {"-b", "--batch"},
            paramLabel = "N,...",
            description = "How many pictures at once (1).")
    Optional<String> batch = Optional.empty();

    @Option(names = "--rounds", paramLabel = "N", description = "Timed calls of each mode, which take turns (5).")
    Optional<String> rounds = Optional.empty();

    @Option(
            names = "--warmup",
            paramLabel = "N",
            description = "Calls before those, after the first, which compiles (1).")
    Optional<String> warmup = Optional.empty();

    @Option(
            names = {"-t", "--threads"},
            paramLabel = "N",
            description = "Otherwise one for each core.")
    Optional<String> threads = Optional.empty();

    @Option(
            names = "--memory-budget",
            paramLabel = "SIZE",
            description =
                    "The most memory for tensors, for example 8G; otherwise what the machine has free. Modes that don't fit together are measured apart.")
    Optional<String> memoryBudget = Optional.empty();

    @Option(
            names = "--tuning-budget",
            paramLabel = "SECONDS",
            description =
                    "The most time that max-autotune measures kernels, for each model in each form; otherwise as much as it takes.")
    Optional<String> tuningBudget = Optional.empty();

    @Option(names = "--json", paramLabel = "FILE.json", description = "Write everything that was measured there.")
    Optional<String> json = Optional.empty();

    @Option(names = "--html", paramLabel = "FILE.html", description = "Write a page with plots there.")
    Optional<String> html = Optional.empty();

    @Option(names = "--force", description = "Overwrite files that exist.")
    boolean force;
}
