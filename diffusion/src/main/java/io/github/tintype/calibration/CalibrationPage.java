package io.github.tintype.calibration;

import io.github.tintype.benchmark.BarPlot;
import io.github.tintype.benchmark.Figures;
import io.github.tintype.benchmark.HtmlPage;
import io.github.tintype.benchmark.Timings;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** A calibration as a page. */
final class CalibrationPage {
    private static final int LAYERS = 40;
    private static final int LONGEST = 36;

    /* Colours of bars. */
    private static final int BEFORE = 0;
    private static final int AFTER = 1;

    private CalibrationPage() {}

    static String of(Calibrated result) {
        return HtmlPage.of("Tintype calibration", page -> write(page, result));
    }

    private static void write(HtmlPage page, Calibrated result) {
        page.heading(1, "Tintype calibration");
        page.table(List.of(), CalibrationText.facts(result), 2);
        page.heading(2, "What it buys");
        page.paragraph("Median of a picture; whiskers from the least to the most. Memory is what plans need at once.");
        page.plots(List.of(
                new BarPlot(
                        "Latency",
                        List.of(
                                latency("as it is", result.before(), BEFORE),
                                latency("with the choice", result.after(), AFTER))),
                new BarPlot(
                        "Memory",
                        List.of(
                                memory("as it is", result.before(), BEFORE),
                                memory("with the choice", result.after(), AFTER)))));
        page.heading(2, "What it costs");
        page.paragraph("Trials by how many layers they changed, beside the model as it is; the worst picture counts.");
        page.plots(List.of(psnr(result), damages(result)));
        page.table(CalibrationText.TRIALS, CalibrationText.trials(result), 1);
        page.heading(2, "Layers that change");
        page.paragraph(
                "Damage is the relative rms error of the layer's results on the samples, that layer alone being changed.");
        page.table(CalibrationText.LAYERS, CalibrationText.layers(result), CalibrationText.WORDS);
    }

    private static BarPlot.Bar latency(String label, Cost cost, int colour) {
        Timings timings = cost.timings();
        return new BarPlot.Bar(
                label,
                timings.median(),
                timings.least(),
                timings.most(),
                Figures.millis(timings.median()) + " ms",
                colour);
    }

    private static BarPlot.Bar memory(String label, Cost cost, int colour) {
        long bytes = cost.peakBytes();
        return new BarPlot.Bar(label, bytes, bytes, bytes, CalibrationText.kibibytes(bytes) + " KiB", colour);
    }

    private static BarPlot psnr(Calibrated result) {
        List<Trial> trials = result.trials().stream()
                .filter(trial -> trial.nearness().isPresent())
                .sorted(Comparator.comparingInt(Trial::steps))
                .toList();
        double most = Math.max(
                1,
                trials.stream()
                        .mapToDouble(CalibrationPage::psnr)
                        .filter(Double::isFinite)
                        .max()
                        .orElse(1));
        List<BarPlot.Bar> bars = new ArrayList<>();
        for (Trial trial : trials) {
            double length = Math.clamp(psnr(trial), 0, most);
            boolean holds = trial.nearness().filter(result.budget()::holds).isPresent();
            bars.add(new BarPlot.Bar(
                    "%d layers%s".formatted(trial.layers(), holds ? "" : ", breaks the budget"),
                    length,
                    length,
                    length,
                    Figures.decibels(psnr(trial)),
                    holds ? AFTER : BEFORE));
        }
        return new BarPlot("PSNR of trials", bars);
    }

    private static double psnr(Trial trial) {
        return trial.nearness().orElseThrow().psnr();
    }

    private static BarPlot damages(Calibrated result) {
        return new BarPlot(
                "Layers with the largest damage",
                result.damages().stream()
                        .filter(damage -> Double.isFinite(damage.relativeRms()))
                        .sorted(Comparator.comparingDouble(LayerDamage::relativeRms)
                                .reversed())
                        .limit(LAYERS)
                        .map(damage -> new BarPlot.Bar(
                                end(damage.path()),
                                damage.relativeRms(),
                                damage.relativeRms(),
                                damage.relativeRms(),
                                String.format(Locale.ROOT, "%.4f %s", damage.relativeRms(), damage.form()),
                                result.chosen().contains(damage) ? AFTER : BEFORE))
                        .toList());
    }

    /* What tells one layer from its neighbours is at the end. */
    private static String end(String path) {
        return path.length() <= LONGEST ? path : "…" + path.substring(path.length() - LONGEST);
    }
}
