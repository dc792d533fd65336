package io.github.tintype.benchmark;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A report as one page: plots drawn in SVG, no script, nothing from elsewhere. Well-formed XML, too. */
final class HtmlReport {
    /* Okabe and Ito's colours, which colour-blind people tell apart, on both grounds. */
    private static final List<String> COLOURS =
            List.of("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8a8a00", "#888888");

    private static final String STYLE = """
            :root{color-scheme:light dark;--ground:#fff;--text:#1b1b1b;--faint:#d8d8d8}
            @media (prefers-color-scheme:dark){:root{--ground:#16181b;--text:#e8e8e8;--faint:#3a3d42}}
            body{background:var(--ground);color:var(--text);font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:1300px;padding:0 1rem}
            table{border-collapse:collapse;font-variant-numeric:tabular-nums}
            th,td{border-bottom:1px solid var(--faint);padding:.2rem .6rem;text-align:right;white-space:nowrap}
            th.word,td.word{text-align:left}
            .wide{overflow-x:auto}
            .plots{display:flex;flex-wrap:wrap;gap:2rem}
            .plots figure{flex:1 1 480px;margin:0}
            svg{max-width:640px;width:100%}
            svg text{dominant-baseline:middle;fill:var(--text);font-size:13px}
            svg .end{text-anchor:end}
            svg .middle{text-anchor:middle}
            svg .line{fill:none;stroke:var(--text);stroke-width:1.5}
            svg .grid{stroke:var(--faint)}
            """;

    private final Report report;
    private final Map<Variant, Integer> colours = new LinkedHashMap<>();
    private final Markup page = new Markup();

    private HtmlReport(Report report) {
        this.report = report;
        report.rows().forEach(row -> colours.putIfAbsent(row.variant(), colours.size() % COLOURS.size()));
    }

    static String of(Report report) {
        HtmlReport html = new HtmlReport(report);
        html.write();
        return "<!DOCTYPE html>\n" + html.page + "\n";
    }

    private void write() {
        page.element(
                "html",
                () -> {
                    page.element("head", this::head);
                    page.element("body", this::body);
                },
                "lang",
                "en",
                "xmlns",
                "http://www.w3.org/1999/xhtml");
    }

    private void head() {
        page.empty("meta", "charset", "utf-8");
        page.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
        page.element("title", "Tintype benchmark, " + report.date());
        StringBuilder style = new StringBuilder(STYLE);
        for (int i = 0; i < COLOURS.size(); i++) {
            style.append("svg .c")
                    .append(i)
                    .append("{fill:")
                    .append(COLOURS.get(i))
                    .append("}\n");
        }
        page.element("style", style.toString());
    }

    private void body() {
        page.element("h1", "Tintype benchmark");
        table(List.of(), ReportTable.facts(report), 2);
        page.element("h2", "Latency and memory");
        page.element(
                "p",
                "Median of a call; whiskers from the least to the most. Memory is the most that was resident without the clean pages of mapped files and"
                        + " without the random weights, which stand for such pages.");
        byWorkload().forEach(this::plots);
        report.peaks().flops().ifPresent(this::roofline);
        page.element("h2", "Rows");
        List<List<String>> rows = new ArrayList<>();
        for (int i = 0; i < report.rows().size(); i++) {
            rows.add(ReportTable.cells(report, i));
        }
        table(ReportTable.HEADER, rows, ReportTable.WORDS);
        page.element(
                "p",
                "Shares are of this machine's measured peaks. The roofline is the time that a call's kernels would take if each ran at the peak that bounds"
                        + " it; what a cache holds can be faster than copying.");
        page.element("h2", "Kernels");
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
        page.element("h3", workload.toString());
        page.element(
                "div",
                () -> {
                    plot(new BarPlot(
                            "Latency of " + workload,
                            rows.stream().map(this::latency).toList()));
                    plot(new BarPlot(
                            "Peak memory of " + workload,
                            rows.stream().map(this::memory).toList()));
                },
                "class",
                "plots");
    }

    private void plot(BarPlot plot) {
        page.element("figure", () -> {
            page.element("figcaption", plot.title());
            plot.write(page);
        });
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
        page.element("h2", "Roofline");
        page.element("p", "Numbers are those of the rows below.");
        new RooflinePlot(
                        roof,
                        report.peaks().bandwidth(),
                        report.measured().stream().map(this::point).toList())
                .write(page);
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
        page.element("details", () -> {
            page.element(
                    "summary",
                    "%d: %s, %s; cache: %s; in turns with %s"
                            .formatted(
                                    one.number(),
                                    one.row().workload(),
                                    one.row().variant(),
                                    one.measured().firstCall().cache(),
                                    one.measured().beside()));
            table(
                    ReportTable.KERNEL_HEADER,
                    one.measured().kernels().stream()
                            .map(kernel -> ReportTable.kernelCells(one.measured(), kernel, report.peaks()))
                            .toList(),
                    1);
        });
    }

    /* The first columns are words. A row that is short ends with a sentence, as wide as what is missing. */
    private void table(List<String> header, List<List<String>> rows, int words) {
        page.element(
                "div",
                () -> page.element("table", () -> {
                    if (!header.isEmpty()) {
                        page.element("thead", () -> row("th", header, words, header.size()));
                    }
                    page.element("tbody", () -> rows.forEach(row -> row("td", row, words, header.size())));
                }),
                "class",
                "wide");
    }

    private void row(String cell, List<String> texts, int words, int columns) {
        page.element("tr", () -> {
            for (int i = 0; i < texts.size(); i++) {
                boolean cut = i == texts.size() - 1 && texts.size() < columns;
                int span = cut ? columns - i : 1;
                page.element(cell, texts.get(i), "class", i < words || cut ? "word" : "figure", "colspan", "" + span);
            }
        });
    }
}
