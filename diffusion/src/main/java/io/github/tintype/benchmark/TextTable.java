package io.github.tintype.benchmark;

import java.util.List;
import java.util.stream.IntStream;

/** An aligned table for a terminal, which Markdown takes as well. */
public final class TextTable {
    private TextTable() {}

    /**
     * @param rows the first is the header; a short one ends with a sentence
     * @param words how many of the first columns are words, which begin where figures end
     */
    public static String of(List<List<String>> rows, int words) {
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
