package io.github.tintype.app;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The words of {@code tintype calibrate}, unchecked: {@link CalibrateParser} gives them meaning. */
final class CalibrateArguments {
    @Option(
            names = "--budget",
            paramLabel = "METRIC=BOUND",
            split = ",",
            description =
                    "How near pictures must stay, in the worst of all: psnr=DB, ssim=X or cosine=X (of latents) at least, max-abs=X at most. Of several all must hold.")
    List<String> budget = new ArrayList<>();

    @Option(
            names = {"-o", "--output"},
            required = true,
            paramLabel = "FILE.json",
            description = "The choice, for --quantize of all commands and --choice of tintype quantize.")
    String output = "";

    @Option(
            names = "--config",
            paramLabel = "FORM,...",
            description =
                    "What layers may become: int8-dynamic, int8-weight-only, int4-weight-only, float8-weight-only, float8-dynamic, bf16, f16, f8_e4m3, f8_e5m2 (int8-dynamic).")
    Optional<String> config = Optional.empty();

    @Option(
            names = "--group-size",
            paramLabel = "N",
            description = "Of int4-weight-only: inputs that share a scale, 32, 64, 128 or 256 (128).")
    Optional<String> groupSize = Optional.empty();

    @Option(
            names = "--filter",
            paramLabel = "all|dynamic|REGEX",
            description =
                    "Which layers may change: all (that is the default), the linear ones of the guide's filter, or the linear ones whose path matches.")
    Optional<String> filter = Optional.empty();

    @Option(
            names = "--components",
            paramLabel = "NAME,...",
            description = "Of unet, vae, text_encoder and text_encoder_2 (unet,vae).")
    Optional<String> components = Optional.empty();

    @Option(
            names = "--prompts",
            paramLabel = "FILE",
            description = "Sample prompts, one a line; otherwise five of several kinds.")
    Optional<String> prompts = Optional.empty();

    @Option(names = "--seeds", paramLabel = "N,...", description = "Each prompt is drawn with each of them (0).")
    Optional<String> seeds = Optional.empty();

    @Option(
            names = {"--steps", "--num-inference-steps"},
            paramLabel = "N",
            description = "Denoising steps (25).")
    Optional<String> steps = Optional.empty();

    @Option(
            names = {"-W", "--width"},
            paramLabel = "PIXELS",
            description = "A multiple of 8; otherwise the model's own.")
    Optional<String> width = Optional.empty();

    @Option(
            names = {"-H", "--height"},
            paramLabel = "PIXELS",
            description = "A multiple of 8; otherwise the model's own.")
    Optional<String> height = Optional.empty();

    @Option(names = "--rounds", paramLabel = "N", description = "Timed pictures with and without the choice (3).")
    Optional<String> rounds = Optional.empty();

    @Option(
            names = {"--dtype", "--torch-dtype"},
            paramLabel = "TYPE",
            description = "What the models compute in, as for tintype generate (f32).")
    Optional<String> dtype = Optional.empty();

    @Option(names = "--variant", paramLabel = "NAME", description = "Of the weight files, such as fp16.")
    Optional<String> variant = Optional.empty();

    @Option(
            names = "--fuse-qkv",
            description = "Fuse the projections of each attention first; the choice then fits fused models alone.")
    boolean fuseQkv;

    @Mixin
    final CompileArguments compile = new CompileArguments();

    @Option(
            names = {"-t", "--threads"},
            paramLabel = "N",
            description = "Otherwise one for each core.")
    Optional<String> threads = Optional.empty();

    @Option(names = "--report", paramLabel = "FILE.json", description = "Write everything that was measured there.")
    Optional<String> report = Optional.empty();

    @Option(names = "--html", paramLabel = "FILE.html", description = "Write a page with plots there.")
    Optional<String> html = Optional.empty();

    @Option(names = "--force", description = "Overwrite files that exist.")
    boolean force;
}
