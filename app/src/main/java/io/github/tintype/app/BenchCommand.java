package io.github.tintype.app;

import io.github.tintype.benchmark.Report;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code tintype bench}: models of true size with random weights, timed in several modes. */
@Command(
        name = "bench",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        description = {
            "Times models of true size with random weights, which nothing is downloaded for: latency, share of this machine's peaks, memory, time to compile.",
            "Mind that sdxl-unet needs 11 GiB for each mode that is resident."
        },
        footer = {
            "",
            "Example: tintype bench --models sd15-unet,vae --modes eager,default,max-autotune --regional --html bench.html"
        })
final class BenchCommand implements Callable<Integer> {
    @Mixin
    private final BenchArguments arguments = new BenchArguments();

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli fills it
    private CommandSpec spec;

    private final Cli cli;

    BenchCommand(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() {
        Benchmarker.Request request = BenchParser.parse(
                arguments,
                "tintype "
                        + String.join(
                                " ",
                                spec.commandLine().getParent().getParseResult().originalArgs()));
        Optional<Path> json = OutputFiles.named("--json", ".json", arguments.json, arguments.force);
        Optional<Path> html = OutputFiles.named("--html", ".html", arguments.html, arguments.force);
        Report report;
        try (Progress progress = common.quiet ? Progress.SILENT : cli.progress().get()) {
            report = cli.benchmarker().run(request, progress, cli.cancellation());
        }
        json.ifPresent(file -> OutputFiles.write(file, utf8(report.json()), arguments.force));
        html.ifPresent(file -> OutputFiles.write(file, utf8(report.html()), arguments.force));
        OutputFiles.writeToStdout(cli.stdout(), utf8(report.text()));
        return (report.refusedAny() ? ExitCode.MEMORY : ExitCode.OK).value();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
