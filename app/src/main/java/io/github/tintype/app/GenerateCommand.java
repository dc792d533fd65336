package io.github.tintype.app;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code tintype generate}: a prompt becomes PNG files, whose paths are all that stdout gets. */
@Command(
        name = "generate",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        description = "Draws a picture from a prompt.",
        footer = {"", "Example: tintype generate \"a red rocket in space\" -o rocket.png --seed 7"})
final class GenerateCommand implements Callable<Integer> {
    @Mixin
    private final Arguments arguments = new Arguments();

    @Mixin
    private final CommonOptions common = new CommonOptions();

    private final Cli cli;

    GenerateCommand(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() {
        GenerationRequest request = new RequestParser(cli.environment(), cli.drawSeed()).parse(arguments);
        boolean toStdout = arguments.output.filter(OutputFiles.STDOUT::equals).isPresent();
        if (toStdout && request.batch() != 1) {
            throw CliException.usage("--output", "a file name for a batch", OutputFiles.STDOUT);
        }
        List<Path> files = toStdout
                ? List.of()
                : OutputFiles.plan(arguments.output, Path.of(""), request.seed(), request.batch(), arguments.force);
        Generator.Result result;
        try (Progress progress = common.quiet ? Progress.SILENT : cli.progress().get()) {
            result = cli.generator().generate(request, progress, cli.cancellation());
        }
        if (result.pictures().size() != request.batch()) {
            throw new IllegalStateException(
                    "got %d pictures, wanted %d".formatted(result.pictures().size(), request.batch()));
        }
        if (toStdout) {
            OutputFiles.writeToStdout(cli.stdout(), png(request, result, 0));
            return ExitCode.OK.value();
        }
        for (int i = 0; i < files.size(); i++) {
            cli.cancellation().check();
            OutputFiles.write(files.get(i), png(request, result, i), arguments.force);
            OutputFiles.printLine(cli.stdout(), files.get(i));
        }
        return ExitCode.OK.value();
    }

    private byte[] png(GenerationRequest request, Generator.Result result, int i) {
        GenerationMetadata metadata = metadata(request, result, request.seeds().get(i));
        return result.pictures().get(i).png(metadata.chunks());
    }

    private GenerationMetadata metadata(GenerationRequest request, Generator.Result result, long seed) {
        return new GenerationMetadata(
                request.prompt(),
                request.negativePrompt(),
                request.steps(),
                result.guidanceScale(),
                seed,
                result.width(),
                result.height(),
                result.scheduler(),
                request.modelName(),
                result.dtype(),
                result.device(),
                request.setup().attention().words(),
                cli.environment().version());
    }
}
