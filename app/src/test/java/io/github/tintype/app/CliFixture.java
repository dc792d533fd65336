package io.github.tintype.app;

import io.github.tintype.quantization.QuantizationReport;
import io.github.tintype.runtime.Cancellation;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** A command line over a folder of its own and a generator that draws nothing: its pictures are texts. */
final class CliFixture {
    /** The seed that is "drawn". */
    static final long DRAWN_SEED = 99;

    final Path folder;
    final List<GenerationRequest> requests = new ArrayList<>();
    final List<Packager.Request> packaged = new ArrayList<>();
    final List<ModelQuantizer.Request> quantized = new ArrayList<>();
    Generator generator = (request, progress, stop) -> result(request);
    final List<Calibrator.Request> calibrated = new ArrayList<>();
    final List<Benchmarker.Request> benchmarked = new ArrayList<>();
    Benchmarker benchmarker = (request, progress, flag) -> BenchCommandTest.report(request, List.of());
    final Cancellation stop = new Cancellation();
    int shown;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    OutputStream stdout = out;
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    CliFixture(Path folder) {
        this.folder = folder;
    }

    static Generator.Result result(GenerationRequest request) {
        List<Generator.Picture> pictures = request.seeds().stream()
                .<Generator.Picture>map(seed -> text -> (seed + " " + text).getBytes(StandardCharsets.UTF_8))
                .toList();
        return new Generator.Result(
                pictures, request.guidanceScale().orElse(5.0), "EulerDiscreteScheduler", 128, 128, "f32", "fake");
    }

    /** Runs {@code words}, in which {@code DIR} stands for the folder. */
    int run(String... words) {
        out.reset();
        err.reset();
        Cli cli = new Cli(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                stdout,
                new PrintStream(err, true, StandardCharsets.UTF_8),
                new Environment(folder, id -> cached(id), folder.resolve("cache"), "1.2.3"),
                (request, progress, flag) -> {
                    requests.add(request);
                    return generator.generate(request, progress, flag);
                },
                (request, progress, flag) -> {
                    packaged.add(request);
                    return new Packager.Summary(2, 34, 5 << 20);
                },
                (request, progress, flag) -> {
                    quantized.add(request);
                    return Map.of("unet", new QuantizationReport(List.of()));
                },
                (request, progress, flag) -> {
                    calibrated.add(request);
                    return CalibrateCommandTest.result(request);
                },
                (request, progress, flag) -> {
                    benchmarked.add(request);
                    return benchmarker.run(request, progress, flag);
                },
                new Inspector() {
                    @Override
                    public List<String> model(Path model) {
                        return List.of("model " + model.getFileName());
                    }

                    @Override
                    public List<String> memory(Path model, OptionalInt width, OptionalInt height, int batch) {
                        return List.of("memory %s %s %d".formatted(width, height, batch));
                    }

                    @Override
                    public List<String> cpu(Path model) {
                        return List.of("fake");
                    }
                },
                () -> {
                    shown++;
                    return Progress.SILENT;
                },
                () -> DRAWN_SEED,
                stop);
        return cli.run(Arrays.stream(words)
                .map(w -> w.replace("DIR", folder.toString()))
                .toArray(String[]::new));
    }

    private Optional<Path> cached(String id) {
        Path snapshot = folder.resolve("hub").resolve(id);
        return Files.isDirectory(snapshot) ? Optional.of(snapshot) : Optional.empty();
    }

    String out() {
        return out.toString(StandardCharsets.UTF_8).replace(folder.toString(), "DIR");
    }

    String err() {
        return err.toString(StandardCharsets.UTF_8).replace(folder.toString(), "DIR");
    }
}
