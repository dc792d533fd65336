package io.github.tintype.benchmark;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** A report as text: facts, an aligned Markdown table, the first kernels of each row. */
final class TextReport {
    private static final int KERNELS = 5;

    private TextReport() {}

    static String of(Report report) {
        StringBuilder text = new StringBuilder();
        ReportTable.facts(report).forEach(fact -> text.append("%-10s %s\n".formatted(fact.getFirst(), fact.getLast())));
        text.append('\n').append(rows(report));
        for (Report.Numbered one : report.measured()) {
            text.append("\n%d: %s, %s\n"
                    .formatted(one.number(), one.row().workload(), one.row().variant()));
            List<List<String>> kernels = new ArrayList<>(List.of(ReportTable.KERNEL_HEADER));
            one.measured().kernels().stream()
                    .limit(KERNELS)
                    .forEach(kernel -> kernels.add(ReportTable.kernelCells(one.measured(), kernel, report.peaks())));
            text.append(TextTable.of(kernels, 1));
        }
        return text.toString();
    }

    private static String rows(Report report) {
        List<List<String>> rows = new ArrayList<>(List.of(ReportTable.HEADER));
        IntStream.range(0, report.rows().size()).forEach(i -> rows.add(ReportTable.cells(report, i)));
        return TextTable.of(rows, ReportTable.WORDS);
    }
}
