package io.github.tintype.benchmark;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The rows of a report as cells of text. Those of a refused row end with the reason, in place of all figures. */
final class ReportTable {
    /** How many of the first columns are words; what follows are figures. */
    static final int WORDS = 5;

    static final List<String> HEADER = List.of(
            "#",
            "model",
            "size",
            "batch",
            "mode",
            "median ms",
            "quartiles",
            "least–most",
            "GFLOP/s",
            "of FMA peak",
            "GB/s",
            "of copying",
            "of roofline",
            "memory MiB",
            "compile s",
            "weights s",
            "first call s",
            "PSNR dB",
            "cosine");

    static final List<String> KERNEL_HEADER =
            List.of("kernel", "calls", "ms", "share", "GFLOP/s", "of FMA peak", "GB/s", "of copying", "of roofline");

    private ReportTable() {}

    static List<String> cells(Report report, int index) {
        Row row = report.rows().get(index);
        List<String> cells = new ArrayList<>(List.of(
                "" + (index + 1),
                row.workload().model().label(),
                row.workload().size(),
                "" + row.workload().batch(),
                row.variant().toString()));
        switch (row.outcome()) {
            case Row.Refused(String reason) -> cells.add(reason);
            case Row.Measured ran -> cells.addAll(figures(ran, report.peaks()));
        }
        return cells;
    }

    private static List<String> figures(Row.Measured ran, Peaks peaks) {
        Timings timings = ran.timings();
        return List.of(
                Figures.millis(timings.median()),
                "%s–%s".formatted(Figures.millis(timings.quantile(0.25)), Figures.millis(timings.quantile(0.75))),
                "%s–%s".formatted(Figures.millis(timings.least()), Figures.millis(timings.most())),
                Figures.short3(ran.flopsPerSecond() * 1e-9),
                Figures.percent(ran.flopsPerSecond(), peaks.flops()),
                Figures.short3(ran.bytesPerSecond() * 1e-9),
                Figures.percent(ran.bytesPerSecond() / peaks.bandwidth()),
                ran.roofline(peaks).isPresent()
                        ? Figures.percent(ran.roofline(peaks).getAsDouble() / timings.median())
                        : "not measured",
                Figures.mebibytes(ran.memory().peak()),
                Figures.short3(ran.firstCall().compile()),
                Figures.short3(ran.firstCall().weights()),
                Figures.short3(ran.firstCall().total()),
                ran.quality().map(quality -> psnr(quality.psnr())).orElse("–"),
                ran.quality()
                        .map(quality -> String.format(Locale.ROOT, "%.6f", quality.cosine()))
                        .orElse("–"));
    }

    private static String psnr(double decibels) {
        return Double.isInfinite(decibels) ? "equal" : String.format(Locale.ROOT, "%.1f", decibels);
    }

    static List<String> kernelCells(Row.Measured ran, KernelShare kernel, Peaks peaks) {
        double all = ran.kernels().stream().mapToDouble(KernelShare::seconds).sum();
        double flops = kernel.flops() / kernel.seconds();
        double bytes = kernel.bytes() / kernel.seconds();
        return List.of(
                kernel.name(),
                "" + kernel.calls(),
                Figures.millis(kernel.seconds()),
                Figures.percent(kernel.seconds() / all),
                Figures.short3(flops * 1e-9),
                Figures.percent(flops, peaks.flops()),
                Figures.short3(bytes * 1e-9),
                Figures.percent(bytes / peaks.bandwidth()),
                kernel.roofline(peaks).isPresent()
                        ? Figures.percent(kernel.roofline(peaks).getAsDouble() / kernel.seconds())
                        : "not measured");
    }

    /** What the report was made on, name and text of each. */
    static List<List<String>> facts(Report report) {
        Machine machine = report.machine();
        Suite suite = report.suite();
        return List.of(
                List.of("processor", "%s, %d of them".formatted(machine.processor(), machine.processors())),
                List.of("memory", Figures.mebibytes(machine.memory()) + " MiB"),
                List.of("system", machine.system()),
                List.of("versions", "Tintype %s, Java %s".formatted(machine.tintype(), machine.java())),
                List.of(
                        "FMA peak",
                        report.peaks().flops().isPresent()
                                ? "%s GFLOP/s of f32 with %d threads, measured"
                                        .formatted(
                                                Figures.short3(
                                                        report.peaks().flops().getAsDouble() * 1e-9),
                                                report.peaks().threads())
                                : "not measured: no compiler of loops is installed"),
                List.of(
                        "copying",
                        "%s GB/s read and written with %d threads, measured"
                                .formatted(
                                        Figures.short3(report.peaks().bandwidth() * 1e-9),
                                        report.peaks().threads())),
                List.of(
                        "rounds",
                        "%d, after a first call and %d to warm up; random weights; at most %s MiB"
                                .formatted(suite.rounds(), suite.warmup(), Figures.mebibytes(suite.memoryBudget()))),
                List.of("command", report.command()),
                List.of("date", report.date()));
    }
}
