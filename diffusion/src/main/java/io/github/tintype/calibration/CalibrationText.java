package io.github.tintype.calibration;

import io.github.tintype.benchmark.Figures;
import io.github.tintype.benchmark.TextTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** A calibration in words: what it came to, and cells of its tables. */
final class CalibrationText {
    static final List<String> LAYERS = List.of("#", "component", "layer", "form", "shape", "damage", "saved KiB");
    static final List<String> TRIALS = List.of("trial", "layers", "PSNR", "SSIM", "cosine", "max abs", "holds");

    /** How many of the first columns of {@link #LAYERS} are words. */
    static final int WORDS = 5;

    private CalibrationText() {}

    static String of(Calibrated result) {
        StringBuilder text = new StringBuilder();
        facts(result).forEach(fact -> text.append("%-9s %s\n".formatted(fact.getFirst(), fact.getLast())));
        text.append('\n').append(table(TRIALS, trials(result), 1));
        if (!result.chosen().isEmpty()) {
            text.append('\n').append(table(LAYERS, layers(result), WORDS));
        }
        return text.toString();
    }

    private static String table(List<String> header, List<List<String>> rows, int words) {
        List<List<String>> all = new ArrayList<>(List.of(header));
        all.addAll(rows);
        return TextTable.of(all, words);
    }

    /** Name and text of each fact. */
    static List<List<String>> facts(Calibrated result) {
        Cost before = result.before();
        Cost after = result.after();
        return List.of(
                List.of("budget", result.budget().toString()),
                List.of(
                        "samples",
                        "%d prompts, %d seeds, %d steps"
                                .formatted(
                                        result.samples().prompts().size(),
                                        result.samples().seeds().size(),
                                        result.samples().steps())),
                List.of("choice", choice(result)),
                List.of("quality", words(result.nearness())),
                List.of(
                        "speed",
                        "%s times as fast: %s ms, %s ms as it is (medians of %d, by turns)"
                                .formatted(
                                        Figures.short3(result.speed()),
                                        Figures.millis(after.timings().median()),
                                        Figures.millis(before.timings().median()),
                                        before.timings().seconds().size())),
                List.of(
                        "memory",
                        "%s KiB of weights saved as stored; by plans %s KiB of weights, %s as it is; %s KiB at most, %s as it is"
                                .formatted(
                                        kibibytes(result.bytesSaved()),
                                        kibibytes(after.weightBytes()),
                                        kibibytes(before.weightBytes()),
                                        kibibytes(after.peakBytes()),
                                        kibibytes(before.peakBytes()))));
    }

    private static String choice(Calibrated result) {
        long layers = result.choice().components().values().stream()
                .mapToLong(component -> component.layers().size())
                .sum();
        return result.chosen().isEmpty()
                ? "none of %d layers can be changed within the budget: the model stays as it is".formatted(layers)
                : "%d of %d layers".formatted(result.chosen().size(), layers);
    }

    private static String words(Nearness nearness) {
        return String.format(
                Locale.ROOT,
                "PSNR %s, SSIM %.4f, cosine of latents %.6f, largest difference %.4f, each in its worst sample",
                Figures.decibels(nearness.psnr()),
                nearness.ssim(),
                nearness.cosine(),
                nearness.maxAbs());
    }

    static List<List<String>> trials(Calibrated result) {
        return IntStream.range(0, result.trials().size())
                .mapToObj(i -> trial(result.budget(), result.trials().get(i), i + 1))
                .toList();
    }

    private static List<String> trial(Budget budget, Trial trial, int number) {
        List<String> cells = new ArrayList<>(List.of("" + number, "" + trial.layers()));
        if (trial.nearness().isEmpty()) {
            cells.add("values that aren't finite");
            return cells;
        }
        Nearness nearness = trial.nearness().get();
        cells.addAll(List.of(
                Figures.decibels(nearness.psnr()),
                String.format(Locale.ROOT, "%.4f", nearness.ssim()),
                String.format(Locale.ROOT, "%.6f", nearness.cosine()),
                String.format(Locale.ROOT, "%.4f", nearness.maxAbs()),
                budget.holds(nearness) ? "yes" : "no"));
        return cells;
    }

    static List<List<String>> layers(Calibrated result) {
        return IntStream.range(0, result.chosen().size())
                .mapToObj(i -> {
                    LayerDamage layer = result.chosen().get(i);
                    return List.of(
                            "" + (i + 1),
                            layer.component().folder(),
                            layer.path(),
                            layer.form().toString(),
                            layer.weight().toString(),
                            String.format(Locale.ROOT, "%.5f", layer.relativeRms()),
                            kibibytes(layer.bytesSaved()));
                })
                .toList();
    }

    static String kibibytes(long bytes) {
        return String.format(Locale.ROOT, "%,.1f", bytes / 1024.0);
    }
}
