package io.github.tintype.app;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code tintype info}: what a model folder holds, read from its configuration and weight headers alone. */
@Command(
        name = "info",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        description = "Shows what a model consists of.")
final class InfoCommand implements Callable<Integer> {
    @Parameters(
            arity = "0..1",
            paramLabel = "MODEL",
            description =
                    "A diffusers folder or an id in the local Hugging Face cache; otherwise the model that comes along.")
    private Optional<String> model = Optional.empty();

    @Mixin
    @SuppressWarnings("UnusedVariable") // picocli fills it, Cli reads the words
    private final CommonOptions common = new CommonOptions();

    private final Cli cli;

    InfoCommand(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() {
        Path folder = model.map(m -> cli.environment().model("MODEL", m))
                .orElseGet(() -> cli.environment().embeddedModel());
        cli.inspector().model(folder).forEach(cli.out()::println);
        return ExitCode.OK.value();
    }
}
