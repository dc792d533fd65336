package io.github.tintype.benchmark;

import java.util.List;
import java.util.Locale;

/**
 * Operations a second over operations per byte, both logarithmic, under the roof of a machine: copying on the left, arithmetic on the right. As SVG.
 * Source of the model: Williams, Waterman and Patterson, "Roofline", CACM 52(4), 2009.
 *
 * @param roof the peak of arithmetic, operations a second
 * @param bandwidth bytes a second
 */
record RooflinePlot(double roof, double bandwidth, List<Point> points) {
    private static final int WIDTH = 600;
    private static final int HEIGHT = 320;
    private static final int LEFT = 70;
    private static final int BOTTOM = 40;
    private static final int TOP = 16;

    /**
     * One row.
     *
     * @param label its number
     * @param intensity operations per byte
     * @param speed operations a second
     */
    record Point(String label, String title, double intensity, double speed, int colour) {}

    RooflinePlot {
        points = List.copyOf(points);
    }

    /* A decade beyond what is drawn, in whole decades. */
    private record Scale(double from, double to, double begin, double end) {
        static Scale over(double least, double most, double begin, double end) {
            return new Scale(Math.floor(Math.log10(least)), Math.ceil(Math.log10(most) + 0.1), begin, end);
        }

        double at(double value) {
            return begin + (Math.log10(value) - from) / (to - from) * (end - begin);
        }
    }

    void write(Markup page) {
        double ridge = roof / bandwidth;
        Scale x = Scale.over(
                Math.min(
                        ridge / 10,
                        points.stream().mapToDouble(Point::intensity).min().orElse(ridge)),
                Math.max(
                        ridge * 10,
                        points.stream().mapToDouble(Point::intensity).max().orElse(ridge)),
                LEFT,
                WIDTH - 20);
        Scale y = Scale.over(
                Math.min(
                        roof / 10,
                        points.stream().mapToDouble(Point::speed).min().orElse(roof)),
                roof,
                HEIGHT - BOTTOM,
                TOP);
        page.element(
                "svg",
                () -> {
                    axes(page, x, y);
                    roof(page, x, y);
                    points.forEach(point -> write(page, point, x, y));
                },
                "viewBox",
                "0 0 %d %d".formatted(WIDTH, HEIGHT),
                "role",
                "img",
                "aria-label",
                "Roofline");
    }

    private static void axes(Markup page, Scale x, Scale y) {
        for (double decade = x.from(); decade <= x.to(); decade++) {
            double at = x.at(Math.pow(10, decade));
            page.empty(
                    "path", "d", String.format(Locale.ROOT, "M%.1f %dV%d", at, TOP, HEIGHT - BOTTOM), "class", "grid");
            page.element(
                    "text",
                    power(decade),
                    "x",
                    String.format(Locale.ROOT, "%.1f", at),
                    "y",
                    "" + (HEIGHT - BOTTOM + 14),
                    "class",
                    "middle");
        }
        for (double decade = y.from(); decade <= y.to(); decade++) {
            double at = y.at(Math.pow(10, decade));
            page.empty("path", "d", String.format(Locale.ROOT, "M%d %.1fH%d", LEFT, at, WIDTH - 20), "class", "grid");
            page.element(
                    "text",
                    power(decade - 9),
                    "x",
                    "" + (LEFT - 8),
                    "y",
                    String.format(Locale.ROOT, "%.1f", at),
                    "class",
                    "end");
        }
        page.element("text", "FLOP per byte", "x", "" + (LEFT + WIDTH) / 2, "y", "" + (HEIGHT - 6), "class", "middle");
        page.element("text", "GFLOP/s", "x", "4", "y", "" + TOP / 2);
    }

    private static String power(double decade) {
        return String.format(Locale.ROOT, "%." + (int) Math.max(0, -decade) + "f", Math.pow(10, decade));
    }

    private void roof(Markup page, Scale x, Scale y) {
        double ridge = roof / bandwidth;
        double lowest = Math.max(Math.pow(10, x.from()), Math.pow(10, y.from()) / bandwidth);
        page.empty(
                "path",
                "d",
                String.format(
                        Locale.ROOT,
                        "M%.1f %.1fL%.1f %.1fH%.1f",
                        x.at(lowest),
                        y.at(lowest * bandwidth),
                        x.at(ridge),
                        y.at(roof),
                        x.end()),
                "class",
                "line");
    }

    private static void write(Markup page, Point point, Scale x, Scale y) {
        String left = String.format(Locale.ROOT, "%.1f", x.at(point.intensity()));
        String top = String.format(Locale.ROOT, "%.1f", y.at(point.speed()));
        page.element(
                "circle",
                () -> page.element("title", point.title()),
                "cx",
                left,
                "cy",
                top,
                "r",
                "5",
                "class",
                "c" + point.colour());
        page.element(
                "text", point.label(), "x", String.format(Locale.ROOT, "%.1f", x.at(point.intensity()) + 8), "y", top);
    }
}
