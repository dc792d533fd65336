package io.github.tintype.app;

import io.github.tintype.calibration.Calibrated;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code tintype calibrate}: the layers that can be quantised within a budget of picture quality, as a file. */
@Command(
        name = "calibrate",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        description = {
            "Finds the layers that can be quantised, or kept in a narrower type, while pictures stay as near to those of the model as it is as a budget wants.",
            "It measures what each form does to each layer, orders layers by damage for a byte saved, and finds by bisection how far down that order all sample pictures hold the budget: some ten times as many pictures as there are samples."
        },
        footer = {"", "Example: tintype calibrate ~/models/sdxl --budget psnr=35 -o sdxl-choice.json --html sdxl.html"})
final class CalibrateCommand implements Callable<Integer> {
    @Mixin
    private final ModelParameter model = new ModelParameter();

    @Mixin
    private final CalibrateArguments arguments = new CalibrateArguments();

    @Mixin
    private final CommonOptions common = new CommonOptions();

    private final Cli cli;

    CalibrateCommand(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() {
        Calibrator.Request request = CalibrateParser.parse(model.folder(cli.environment()), arguments);
        Optional<Path> choice = file("--output", ".json", Optional.of(arguments.output));
        Optional<Path> report = file("--report", ".json", arguments.report);
        Optional<Path> html = file("--html", ".html", arguments.html);
        Calibrated result;
        try (Progress progress = common.quiet ? Progress.SILENT : cli.progress().get()) {
            result = cli.calibrator().run(request, progress, cli.cancellation());
        }
        choice.ifPresent(file -> write(file, result.choice().json()));
        report.ifPresent(file -> write(file, result.json()));
        html.ifPresent(file -> write(file, result.html()));
        OutputFiles.writeToStdout(cli.stdout(), utf8(result.text()));
        return ExitCode.OK.value();
    }

    private Optional<Path> file(String flag, String ending, Optional<String> name) {
        return OutputFiles.named(flag, ending, name, arguments.force);
    }

    private void write(Path file, String text) {
        OutputFiles.write(file, utf8(text), arguments.force);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
