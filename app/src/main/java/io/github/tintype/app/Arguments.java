package io.github.tintype.app;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The words of {@code tintype generate}, unchecked. {@link RequestParser} gives them meaning, so that all errors read alike. */
final class Arguments {
    @Parameters(arity = "0..*", paramLabel = "PROMPT", description = "What to draw.")
    List<String> words = new ArrayList<>();

    @Option(
            names = {"-p", "--prompt"},
            paramLabel = "TEXT",
            description = "What to draw, in place of PROMPT.")
    Optional<String> prompt = Optional.empty();

    @Option(
            names = {"-n", "--negative-prompt"},
            paramLabel = "TEXT",
            description = "What to keep out of the picture.")
    Optional<String> negativePrompt = Optional.empty();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE.png",
            description =
                    "Where to write, - for stdout; otherwise tintype-SEED.png here. A batch gets -1, -2, ... before .png.")
    Optional<String> output = Optional.empty();

    @Option(names = "--force", description = "Overwrite files that exist.")
    boolean force;

    @Option(
            names = {"-m", "--model"},
            paramLabel = "MODEL",
            description =
                    "A diffusers folder, or an id (org/name) in the local Hugging Face cache; otherwise the small model that comes along.")
    Optional<String> model = Optional.empty();

    @Option(
            names = {"--steps", "--num-inference-steps"},
            paramLabel = "N",
            description = "Denoising steps (25).")
    Optional<String> steps = Optional.empty();

    @Option(
            names = {"--guidance-scale", "--cfg-scale", "--guidance"},
            paramLabel = "X",
            description = "How closely to follow the prompt; 1 switches guidance off; otherwise the model's own.")
    Optional<String> guidanceScale = Optional.empty();

    @Option(
            names = {"-s", "--seed"},
            paramLabel = "N",
            description = "0 to 2^64-1; otherwise drawn. Picture i of a batch has seed N+i.")
    Optional<String> seed = Optional.empty();

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

    @Option(
            names = {"--scheduler", "--sampling-method"},
            paramLabel = "NAME",
            description = "euler, ddim, dpm++2m, ... or a diffusers class; otherwise the model's own.")
    Optional<String> scheduler = Optional.empty();

    @Option(names = "--device", paramLabel = "cpu|reference", description = "Where to compute (cpu).")
    Optional<String> device = Optional.empty();

    @Option(
            names = {"-b", "--batch", "--batch-count", "--num-images-per-prompt"},
            paramLabel = "N",
            description = "How many pictures (1).")
    Optional<String> batch = Optional.empty();

    @Option(
            names = "--latents-in",
            paramLabel = "FILE.safetensors",
            description = "Start from this noise: tensor \"latents\" [n,c,h,w] of variance 1.")
    Optional<String> latentsIn = Optional.empty();

    @Option(
            names = "--latents-out",
            paramLabel = "FILE.safetensors",
            description = "Also write the latents after the last step, as tensor \"latents\".")
    Optional<String> latentsOut = Optional.empty();

    @Option(
            names = {"-t", "--threads"},
            paramLabel = "N",
            description = "Otherwise one for each core.")
    Optional<String> threads = Optional.empty();

    @Option(
            names = "--deterministic",
            description =
                    "The same picture to the last bit for any number of threads, also where max-autotune would measure; takes a little longer.")
    boolean deterministic;

    @Option(
            names = "--matmul-precision",
            paramLabel = "LEVEL",
            description =
                    "highest (what there is otherwise), high or medium: products of f32 may be computed in tf32 or bf16 where the processor has them.")
    Optional<String> matmulPrecision = Optional.empty();

    @Option(
            names = "--memory-budget",
            paramLabel = "SIZE",
            description = "The most memory for tensors, for example 8G; otherwise all that the machine has.")
    Optional<String> memoryBudget = Optional.empty();

    @Mixin
    final ModelArguments setup = new ModelArguments();

    @Mixin
    final CompileArguments compile = new CompileArguments();

    @Option(names = "--explain", description = "With --compile or --quantize: say on stderr what that came to.")
    boolean explain;

    @Option(
            names = "--package",
            paramLabel = "FILE",
            description =
                    "With --compile: take what tintype package compiled for this model; what it lacks is compiled.")
    Optional<String> compiledPackage = Optional.empty();
}
