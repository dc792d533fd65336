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
            text.append(table(kernels, 1));
        }
        return text.toString();
    }

    private static String rows(Report report) {
        List<List<String>> rows = new ArrayList<>(List.of(ReportTable.HEADER));
        IntStream.range(0, report.rows().size()).forEach(i -> rows.add(ReportTable.cells(report, i)));
        return table(rows, ReportTable.WORDS);
    }

    /* The first row is the header; the first columns are words, which begin where figures end. A short row ends with a sentence. */
    private static String table(List<List<String>> rows, int words) {
        int columns = rows.getFirst().size();
        int[] widths = new int[columns];
        for (List<String> row : rows) {
            if (row.size() == columns) {
                IntStream.range(0, columns)
                        .forEach(i -> widths[i] = Math.max(widths[i], row.get(i).length()));
            }
        }
        StringBuilder text = new StringBuilder();
        for (int r = 0; r < rows.size(); r++) {
            List<String> row = rows.get(r);
            text.append('|');
            for (int i = 0; i < row.size(); i++) {
                text.append(' ')
                        .append(padded(row.get(i), widths[i], i < words))
                        .append(" |");
            }
            text.append('\n');
            if (r == 0) {
                text.append('|');
                for (int i = 0; i < columns; i++) {
                    text.append('-').append("-".repeat(widths[i])).append(i < words ? "-|" : ":|");
                }
                text.append('\n');
            }
        }
        return text.toString();
    }

    private static String padded(String cell, int width, boolean word) {
        String space = " ".repeat(Math.max(0, width - cell.length()));
        return word ? cell + space : space + cell;
    }
}
