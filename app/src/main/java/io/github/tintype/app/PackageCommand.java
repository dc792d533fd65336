package io.github.tintype.app;

import static java.util.stream.Collectors.joining;

import io.github.tintype.code.HostProcessor;
import io.github.tintype.code.Target;
import io.github.tintype.device.NativeMemory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code tintype package}: a model compiled ahead of time into one file, for machines that shall compile nothing. */
@Command(
        name = "package",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        description = "Compiles a model ahead of time into one file, for tintype generate --compile --package FILE.",
        footer = {"", "Example: tintype package ~/models/sdxl -o sdxl.tintype --sizes 1024x1024,832x1216"})
final class PackageCommand implements Callable<Integer> {
    private static final String NATIVE = "native";

    @Mixin
    private final ModelParameter model = new ModelParameter();

    @Option(
            names = {"-o", "--output"},
            required = true,
            paramLabel = "FILE",
            description = "The package.")
    private String output = "";

    @Option(names = "--force", description = "Overwrite a file that exists.")
    private boolean force;

    @Option(names = "--sizes", paramLabel = "WxH,...", description = "Of the pictures; otherwise the model's own.")
    private Optional<String> sizes = Optional.empty();

    @Option(
            names = "--targets",
            paramLabel = "TARGET,...",
            description =
                    "Machines to compile for: native (this one), x86-64, x86-64-v2, x86-64-v3, x86-64-v4; otherwise native.")
    private Optional<String> targets = Optional.empty();

    @Option(
            names = {"-b", "--batch"},
            paramLabel = "N",
            description = "How many pictures at once (1).")
    private Optional<String> batch = Optional.empty();

    @Option(
            names = {"--guidance-scale", "--cfg-scale", "--guidance"},
            paramLabel = "X",
            description = "Whether there is guidance: 1 for none; otherwise the model's own.")
    private Optional<String> guidanceScale = Optional.empty();

    @Mixin
    private final ModelArguments setup = new ModelArguments();

    @Mixin
    private final CompileArguments compile = new CompileArguments();

    @Mixin
    private final CommonOptions common = new CommonOptions();

    private final Cli cli;

    PackageCommand(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() {
        Path folder = model.folder(cli.environment());
        Path file = RequestParser.path("--output", output);
        Packager.Request request = new Packager.Request(
                folder,
                file,
                sizes.map(PackageCommand::sizes).orElse(List.of()),
                RequestParser.batch(batch),
                guidanceScale.map(RequestParser::guidance),
                targets.map(PackageCommand::targets).orElse(List.of()),
                ModelSetup.of(setup),
                Compilation.of(compile, compile.mode.orElse("default")));
        OutputFiles.checkWritable("--output", file, force);
        Packager.Summary written;
        try (Progress progress = common.quiet ? Progress.SILENT : cli.progress().get()) {
            written = cli.packager().write(request, progress, cli.cancellation());
        }
        cli.err()
                .println("%d graphs and %d programs, %s"
                        .formatted(written.graphs(), written.programs(), NativeMemory.text(written.bytes())));
        OutputFiles.printLine(cli.stdout(), file);
        return ExitCode.OK.value();
    }

    private static List<Packager.Size> sizes(String value) {
        return Arrays.stream(value.split(",", -1)).map(RequestParser::size).toList();
    }

    private static List<Target> targets(String value) {
        return Arrays.stream(value.split(",", -1))
                .map(PackageCommand::target)
                .distinct()
                .toList();
    }

    private static Target target(String value) {
        return value.equals(NATIVE)
                ? HostProcessor.target()
                : HostProcessor.level(value)
                        .orElseThrow(() -> CliException.usage(
                                "--targets",
                                "%s, %s"
                                        .formatted(
                                                NATIVE,
                                                HostProcessor.levels().stream().collect(joining(", "))),
                                value));
    }
}
