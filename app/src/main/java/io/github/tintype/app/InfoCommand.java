package io.github.tintype.app;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code tintype info}: what a model folder holds and the memory that a picture needs, read from its configuration and weight headers alone. */
@Command(
        name = "info",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        description = "Shows what a model consists of and the memory that a picture needs.")
final class InfoCommand implements Callable<Integer> {
    @Mixin
    private final ModelParameter model = new ModelParameter();

    @Option(
            names = {"-W", "--width"},
            paramLabel = "PIXELS",
            description = "Of the picture whose memory is told; otherwise the model's own.")
    private Optional<String> width = Optional.empty();

    @Option(
            names = {"-H", "--height"},
            paramLabel = "PIXELS",
            description = "Likewise.")
    private Optional<String> height = Optional.empty();

    @Option(
            names = {"-b", "--batch"},
            paramLabel = "N",
            description = "How many pictures at once (1).")
    private Optional<String> batch = Optional.empty();

    @Mixin
    @SuppressWarnings("UnusedVariable") // picocli fills it, Cli reads the words
    private final CommonOptions common = new CommonOptions();

    private final Cli cli;

    InfoCommand(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() {
        Path folder = model.folder(cli.environment());
        OptionalInt wide = RequestParser.side("--width", width);
        OptionalInt high = RequestParser.side("--height", height);
        int pictures = RequestParser.batch(batch);
        cli.inspector().model(folder).forEach(cli.out()::println);
        cli.inspector().memory(folder, wide, high, pictures).forEach(cli.out()::println);
        return ExitCode.OK.value();
    }
}
