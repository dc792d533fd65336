package io.github.tintype.benchmark;

import java.util.List;
import java.util.function.Consumer;

/** One page of a report: tables, plots drawn in SVG, no script, nothing from elsewhere. Well-formed XML, too. */
public final class HtmlPage {
    /* Okabe and Ito's colours, which colour-blind people tell apart, on both grounds. */
    static final List<String> COLOURS =
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

    private final Markup markup = new Markup();

    private HtmlPage() {}

    /** The page that {@code body} fills. */
    public static String of(String title, Consumer<HtmlPage> body) {
        HtmlPage page = new HtmlPage();
        page.markup.element(
                "html",
                () -> {
                    page.markup.element("head", () -> page.head(title));
                    page.markup.element("body", () -> body.accept(page));
                },
                "lang",
                "en",
                "xmlns",
                "http://www.w3.org/1999/xhtml");
        return "<!DOCTYPE html>\n" + page.markup + "\n";
    }

    private void head(String title) {
        markup.empty("meta", "charset", "utf-8");
        markup.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
        markup.element("title", title);
        StringBuilder style = new StringBuilder(STYLE);
        for (int i = 0; i < COLOURS.size(); i++) {
            style.append("svg .c")
                    .append(i)
                    .append("{fill:")
                    .append(COLOURS.get(i))
                    .append("}\n");
        }
        markup.element("style", style.toString());
    }

    Markup markup() {
        return markup;
    }

    /** A heading of the page, {@code level} 1, or of a part of it. */
    public void heading(int level, String text) {
        markup.element("h" + level, text);
    }

    /** A paragraph. */
    public void paragraph(String text) {
        markup.element("p", text);
    }

    /** Plots side by side, each under its title. */
    public void plots(List<BarPlot> plots) {
        markup.element("div", () -> plots.forEach(this::plot), "class", "plots");
    }

    private void plot(BarPlot plot) {
        markup.element("figure", () -> {
            markup.element("figcaption", plot.title());
            plot.write(markup);
        });
    }

    /**
     * A table.
     *
     * @param header none if it is empty
     * @param rows one that is shorter than the header ends with a sentence, as wide as what is missing
     * @param words how many of the first columns are words; what follows are figures
     */
    public void table(List<String> header, List<List<String>> rows, int words) {
        markup.element(
                "div",
                () -> markup.element("table", () -> {
                    if (!header.isEmpty()) {
                        markup.element("thead", () -> row("th", header, words, header.size()));
                    }
                    markup.element("tbody", () -> rows.forEach(row -> row("td", row, words, header.size())));
                }),
                "class",
                "wide");
    }

    private void row(String cell, List<String> texts, int words, int columns) {
        markup.element("tr", () -> {
            for (int i = 0; i < texts.size(); i++) {
                boolean cut = i == texts.size() - 1 && texts.size() < columns;
                int span = cut ? columns - i : 1;
                markup.element(cell, texts.get(i), "class", i < words || cut ? "word" : "figure", "colspan", "" + span);
            }
        });
    }
}
