package io.github.tintype.benchmark;

import java.util.List;
import java.util.stream.Stream;

/**
 * All that a benchmark found, and what one needs to do it again.
 *
 * @param command as it was typed
 * @param date of its end, as text
 */
public record Report(Machine machine, String command, String date, Suite suite, Peaks peaks, List<Row> rows) {
    public Report {
        rows = List.copyOf(rows);
    }

    /** A measured row and its number in the table, from 1. */
    record Numbered(int number, Row row, Row.Measured measured) {}

    /** Those that ran. */
    List<Numbered> measured() {
        return java.util.stream.IntStream.range(0, rows.size())
                .boxed()
                .flatMap(i -> switch (rows.get(i).outcome()) {
                    case Row.Measured ran -> Stream.of(new Numbered(i + 1, rows.get(i), ran));
                    case Row.Refused _ -> Stream.empty();
                })
                .toList();
    }

    /** Whether memory was short for a row. */
    public boolean refusedAny() {
        return measured().size() < rows.size();
    }

    /** For a terminal, and for a file of results: the machine, a Markdown table, and of each row the kernels that take longest. */
    public String text() {
        return TextReport.of(this);
    }

    /** An object with everything in it. */
    public String json() {
        return JsonReport.of(this);
    }

    /** One self-contained page. */
    public String html() {
        return HtmlReport.of(this);
    }
}
