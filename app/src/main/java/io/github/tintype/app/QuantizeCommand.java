package io.github.tintype.app;

import io.github.tintype.quantization.QuantizationReport;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code tintype quantize}: a model with its linear layers in 8 or 4 bits, in a folder of its own. */
@Command(
        name = "quantize",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        description = "Quantises a model into a new folder, which all commands take as a model.",
        footer = {"", "Example: tintype quantize ~/models/sdxl -o ~/models/sdxl-int8 --config int8-dynamic"})
final class QuantizeCommand implements Callable<Integer> {
    @Mixin
    private final ModelParameter model = new ModelParameter();

    @Option(
            names = {"-o", "--output"},
            required = true,
            paramLabel = "FOLDER",
            description = "The new folder.")
    private String output = "";

    @Option(
            names = "--config",
            paramLabel = "CONFIG",
            description = "int8-dynamic, int8-weight-only, int4-weight-only, float8-weight-only or float8-dynamic.")
    private Optional<String> config = Optional.empty();

    @Option(
            names = "--choice",
            paramLabel = "FILE.json",
            description = "In place of --config: the form of each layer as tintype calibrate has chosen it.")
    private Optional<String> choice = Optional.empty();

    @Mixin
    private final QuantizeArguments which = new QuantizeArguments();

    @Option(names = "--explain", description = "Say of each layer what became of it and why.")
    private boolean explain;

    @Mixin
    private final CommonOptions common = new CommonOptions();

    private final Cli cli;

    QuantizeCommand(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() {
        Path folder = model.folder(cli.environment());
        ModelQuantizer.Request request = new ModelQuantizer.Request(folder, free(output), what());
        Map<String, QuantizationReport> reports;
        try (Progress progress = common.quiet ? Progress.SILENT : cli.progress().get()) {
            reports = cli.quantizer().write(request, progress, cli.cancellation());
        }
        reports.forEach((component, report) -> cli.err()
                .print("%s: %s"
                        .formatted(component, explain ? report.text() : report.summary() + System.lineSeparator())));
        OutputFiles.printLine(cli.stdout(), request.output());
        return ExitCode.OK.value();
    }

    private QuantizedComponents what() {
        if (choice.isPresent() == config.isPresent()) {
            throw new CliException(
                    ExitCode.USAGE,
                    "--config: expected it or --choice, found " + (config.isPresent() ? "both" : "neither"));
        }
        return choice.map(file -> QuantizedComponents.chosen("--choice", file, which))
                .orElseGet(() -> QuantizedComponents.of("--config", config.orElseThrow(), which));
    }

    private static Path free(String value) {
        Path folder = RequestParser.path("--output", value);
        Path parent = folder.toAbsolutePath().normalize().getParent();
        if (parent == null || !Files.isDirectory(parent)) {
            throw new CliException(
                    ExitCode.IO,
                    "--output: expected a new folder in one that exists, found \"%s\"".formatted(Text.oneLine(value)));
        }
        if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            throw new CliException(
                    ExitCode.IO,
                    "--output: expected a folder that doesn't exist, found \"%s\"".formatted(Text.oneLine(value)));
        }
        return folder;
    }
}
