package io.github.tintype.benchmark;

import java.util.List;
import java.util.Locale;

/**
 * Horizontal bars from 0, as SVG: what is drawn has its figure beside it, so that no axis is needed.
 *
 * @param title above, also read aloud
 */
public record BarPlot(String title, List<Bar> bars) {
    private static final int LABEL = 260;
    private static final int BAR = 300;
    private static final int FIGURE = 110;
    private static final int LINE = 24;

    /**
     * One bar.
     *
     * @param low where the whisker begins; with {@code high} equal to it there is none
     * @param text the figure
     * @param colour a number that bars of one mode share
     */
    public record Bar(String label, double value, double low, double high, String text, int colour) {}

    public BarPlot {
        bars = List.copyOf(bars);
    }

    void write(Markup page) {
        double most = bars.stream()
                .mapToDouble(bar -> Math.max(bar.value(), bar.high()))
                .filter(value -> value > 0)
                .max()
                .orElse(1);
        int height = LINE * bars.size();
        page.element(
                "svg",
                () -> {
                    for (int i = 0; i < bars.size(); i++) {
                        write(page, bars.get(i), i * LINE, BAR / most);
                    }
                },
                "viewBox",
                "0 0 %d %d".formatted(LABEL + BAR + FIGURE, height),
                "role",
                "img",
                "aria-label",
                title);
    }

    private static void write(Markup page, Bar bar, int top, double scale) {
        int middle = top + LINE / 2;
        page.element("text", bar.label(), "x", "" + (LABEL - 8), "y", "" + middle, "class", "end");
        page.empty(
                "rect",
                "x",
                "" + LABEL,
                "y",
                "" + (top + 4),
                "width",
                String.format(Locale.ROOT, "%.1f", bar.value() * scale),
                "height",
                "" + (LINE - 8),
                "class",
                "c" + bar.colour());
        if (bar.high() > bar.low()) {
            page.empty(
                    "path",
                    "d",
                    String.format(
                            Locale.ROOT,
                            "M%1$.1f %3$dH%2$.1fM%1$.1f %4$dV%5$dM%2$.1f %4$dV%5$d",
                            LABEL + bar.low() * scale,
                            LABEL + bar.high() * scale,
                            middle,
                            middle - 4,
                            middle + 4),
                    "class",
                    "line");
        }
        double end = LABEL + Math.max(bar.value(), bar.high()) * scale + 8;
        page.element("text", bar.text(), "x", String.format(Locale.ROOT, "%.1f", end), "y", "" + middle);
    }
}
