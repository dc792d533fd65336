package io.github.tintype.app;

import io.github.tintype.calibration.Budget;
import io.github.tintype.calibration.Calibration;
import io.github.tintype.calibration.Metric;
import io.github.tintype.calibration.Samples;
import io.github.tintype.io.LayerForm;
import io.github.tintype.pipelines.ComponentTypes;
import io.github.tintype.quantization.LayerFilter;
import io.github.tintype.quantization.QuantizationConfig;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** {@link CalibrateArguments} → {@link Calibrator.Request}: whatever would have no effect is refused. */
final class CalibrateParser {
    private static final int MOST_PROMPTS = 1000;
    private static final long LARGEST_FILE = 1 << 24;
    private static final String INT4 = "int4-weight-only";
    private static final String ALL = "all";

    private CalibrateParser() {}

    /** The request about {@code model}. @throws CliException for the first argument that can't be served */
    static Calibrator.Request parse(Path model, CalibrateArguments a) {
        Samples samples = new Samples(
                a.prompts.map(CalibrateParser::prompts).orElse(Samples.PROMPTS),
                a.seeds.map(CalibrateParser::seeds).orElse(List.of(0L)),
                a.steps.map(n -> RequestParser.whole("--steps", n, 1, 1000)).orElse(25),
                RequestParser.side("--width", a.width),
                RequestParser.side("--height", a.height));
        Calibration how = new Calibration(
                budget(a.budget),
                samples,
                forms(a),
                QuantizedComponents.components(a.components.orElse("unet,vae")),
                a.filter
                        .filter(name -> !name.equals(ALL))
                        .map(QuantizedComponents::filter)
                        .orElse(LayerFilter.of((_, _) -> true)),
                a.rounds.map(n -> RequestParser.whole("--rounds", n, 1, 1000)).orElse(3));
        ModelSetup setup = new ModelSetup(
                a.variant,
                a.dtype.map(ComponentTypes::parse).orElse(ModelSetup.NONE.dtypes()),
                a.fuseQkv,
                Optional.empty(),
                Optional.empty(),
                AttentionUse.NONE);
        return new Calibrator.Request(
                model,
                setup,
                how,
                Compilation.asked(a.compile, Map.of()),
                a.threads
                        .map(n -> OptionalInt.of(RequestParser.whole("--threads", n, 1, 1024)))
                        .orElseGet(OptionalInt::empty));
    }

    private static Budget budget(List<String> words) {
        if (words.isEmpty()) {
            throw new CliException(ExitCode.USAGE, "--budget: expected one or more, such as psnr=35, found none");
        }
        Map<Metric, Double> bounds = new EnumMap<>(Metric.class);
        for (String word : words) {
            String[] sides = word.split("=", 2);
            Metric metric = Metric.find(sides[0])
                    .filter(_ -> sides.length == 2)
                    .orElseThrow(
                            () -> CliException.usage("--budget", "METRIC=BOUND with one of " + Metric.labels(), word));
            double bound = bound(sides[1], word);
            if (!metric.isBound(bound)) {
                throw CliException.usage("--budget", "a bound that equal pictures hold", word);
            }
            if (bounds.put(metric, bound) != null) {
                throw CliException.usage("--budget", "one bound for each metric", word);
            }
        }
        return new Budget(bounds);
    }

    private static double bound(String number, String word) {
        // Double.parseDouble also takes NaN, 0x1p3 and 7d.
        if (!number.matches("-?[0-9]{1,6}(\\.[0-9]{0,12})?")) {
            throw CliException.usage("--budget", "a number behind the =", word);
        }
        return Double.parseDouble(number);
    }

    private static List<LayerForm> forms(CalibrateArguments a) {
        List<String> labels = Arrays.asList(a.config.orElse("int8-dynamic").split(",", -1));
        if (labels.stream().distinct().count() < labels.size()) {
            throw CliException.usage("--config", "each once", String.join(",", labels));
        }
        if (a.groupSize.isPresent() && !labels.contains(INT4)) {
            throw CliException.usage("--group-size", INT4 + " among --config", a.groupSize.get());
        }
        return labels.stream().map(label -> form(label, a.groupSize)).toList();
    }

    private static LayerForm form(String label, Optional<String> groupSize) {
        return LayerForm.Narrow.find(label).orElseGet(() -> {
            if (QuantizationConfig.all().stream()
                    .noneMatch(config -> config.label().equals(label))) {
                throw CliException.usage(
                        "--config", "some of " + QuantizationConfig.labels() + ", bf16, f16, f8_e4m3, f8_e5m2", label);
            }
            return new LayerForm.Quantized(
                    QuantizedComponents.config("--config", label, groupSize.filter(_ -> label.equals(INT4)))
                            .scheme());
        });
    }

    private static List<Long> seeds(String value) {
        return Arrays.stream(value.split(",", -1))
                .map(seed -> (long) RequestParser.whole("--seeds", seed, 0, 999_999_999))
                .distinct()
                .toList();
    }

    private static List<String> prompts(String value) {
        Path file = RequestParser.readable("--prompts", value);
        List<String> prompts;
        try {
            if (Files.size(file) > LARGEST_FILE) {
                throw CliException.usage("--prompts", "a file of at most 16 MiB", value);
            }
            prompts = Files.readAllLines(file).stream()
                    .filter(line -> !line.isBlank())
                    .toList();
        } catch (CharacterCodingException e) {
            throw new CliException(
                    ExitCode.USAGE, "--prompts: expected UTF-8, found other bytes in \"%s\"".formatted(file), e);
        } catch (IOException e) {
            throw new CliException(ExitCode.IO, "--prompts: %s: %s".formatted(file, Failure.reason(e)), e);
        }
        if (prompts.isEmpty() || prompts.size() > MOST_PROMPTS) {
            throw new CliException(
                    ExitCode.USAGE,
                    "--prompts: expected 1 to %d lines of text, found %d".formatted(MOST_PROMPTS, prompts.size()));
        }
        prompts.forEach(prompt -> RequestParser.checkText("--prompts", prompt));
        return prompts;
    }
}
