package io.github.tintype.benchmark;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A report as a page. */
final class HtmlReport {
    private final Report report;
    private final Map<Variant, Integer> colours = new LinkedHashMap<>();
    private final HtmlPage page;

    private HtmlReport(Report report, HtmlPage page) {
        this.report = report;
        this.page = page;
        report.rows().forEach(row -> colours.putIfAbsent(row.variant(), colours.size() % HtmlPage.COLOURS.size()));
    }

    static String of(Report report) {
        return HtmlPage.of("Tintype benchmark, " + report.date(), page -> new HtmlReport(report, page).body());
    }

    private void body() {
        page.heading(1, "Tintype benchmark");
        page.table(List.of(), ReportTable.facts(report), 2);
        page.heading(2, "Latency, memory and nearness");
        page.paragraph(
                "Median of a call; whiskers from the least to the most. Memory is the most that was resident without the clean pages of mapped files and"
                        + " without the random weights, which stand for such pages. PSNR is of results beside those of the first mode, in their span.");
        byWorkload().forEach(this::plots);
        report.peaks().flops().ifPresent(this::roofline);
        page.heading(2, "Rows");
        List<List<String>> rows = new ArrayList<>();
        for (int i = 0; i < report.rows().size(); i++) {
            rows.add(ReportTable.cells(report, i));
        }
        page.table(ReportTable.HEADER, rows, ReportTable.WORDS);
        page.paragraph(
                "Shares are of this machine's measured peaks. The roofline is the time that a call's kernels would take if each ran at the peak that bounds"
                        + " it; what a cache holds can be faster than copying.");
        page.heading(2, "Kernels");
        report.measured().forEach(this::kernels);
    }

    private Map<Workload, List<Report.Numbered>> byWorkload() {
        Map<Workload, List<Report.Numbered>> groups = new LinkedHashMap<>();
        report.measured()
                .forEach(one -> groups.computeIfAbsent(one.row().workload(), _ -> new ArrayList<>())
                        .add(one));
        return groups;
    }

    private int colour(Row row) {
        return colours.getOrDefault(row.variant(), 0);
    }

    private void plots(Workload workload, List<Report.Numbered> rows) {
        page.heading(3, workload.toString());
        List<BarPlot> plots = new ArrayList<>(List.of(
                new BarPlot(
                        "Latency of " + workload,
                        rows.stream().map(this::latency).toList()),
                new BarPlot(
                        "Peak memory of " + workload,
                        rows.stream().map(this::memory).toList())));
        List<Report.Numbered> judged = rows.stream()
                .filter(one -> one.measured().quality().isPresent())
                .toList();
        if (!judged.isEmpty()) {
            plots.add(nearness(workload, judged));
        }
        page.plots(plots);
    }

    /* Equal ones have no finite figure: their bars are as long as the longest. */
    private BarPlot nearness(Workload workload, List<Report.Numbered> judged) {
        double most = Math.max(
                1,
                judged.stream()
                        .mapToDouble(HtmlReport::psnr)
                        .filter(Double::isFinite)
                        .max()
                        .orElse(1));
        return new BarPlot(
                "PSNR of %s beside %s"
                        .formatted(
                                workload,
                                report.suite().variantsOf(workload.model()).getFirst()),
                judged.stream()
                        .map(one -> {
                            double length = Math.clamp(psnr(one), 0, most);
                            String text = Figures.decibels(psnr(one));
                            return new BarPlot.Bar(
                                    one.row().variant().toString(), length, length, length, text, colour(one.row()));
                        })
                        .toList());
    }

    private static double psnr(Report.Numbered one) {
        return one.measured().quality().orElseThrow().psnr();
    }

    private BarPlot.Bar latency(Report.Numbered one) {
        Timings timings = one.measured().timings();
        return new BarPlot.Bar(
                one.row().variant().toString(),
                timings.median(),
                timings.least(),
                timings.most(),
                Figures.millis(timings.median()) + " ms",
                colour(one.row()));
    }

    private BarPlot.Bar memory(Report.Numbered one) {
        long peak = one.measured().memory().peak();
        return new BarPlot.Bar(
                one.row().variant().toString(), peak, peak, peak, Figures.mebibytes(peak) + " MiB", colour(one.row()));
    }

    private void roofline(double roof) {
        page.heading(2, "Roofline");
        page.paragraph("Numbers are those of the rows below.");
        new RooflinePlot(
                        roof,
                        report.peaks().bandwidth(),
                        report.measured().stream().map(this::point).toList())
                .write(page.markup());
    }

    private RooflinePlot.Point point(Report.Numbered one) {
        Row.Measured ran = one.measured();
        return new RooflinePlot.Point(
                "" + one.number(),
                "%s, %s".formatted(one.row().workload(), one.row().variant()),
                (double) ran.flops() / ran.bytes(),
                ran.flopsPerSecond(),
                colour(one.row()));
    }

    private void kernels(Report.Numbered one) {
        page.markup().element("details", () -> {
            page.markup()
                    .element(
                            "summary",
                            "%d: %s, %s; cache: %s; in turns with %s"
                                    .formatted(
                                            one.number(),
                                            one.row().workload(),
                                            one.row().variant(),
                                            one.measured().firstCall().cache(),
                                            one.measured().beside()));
            page.table(
                    ReportTable.KERNEL_HEADER,
                    one.measured().kernels().stream()
                            .map(kernel -> ReportTable.kernelCells(one.measured(), kernel, report.peaks()))
                            .toList(),
                    1);
        });
    }
}
