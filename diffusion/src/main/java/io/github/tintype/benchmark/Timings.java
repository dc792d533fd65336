package io.github.tintype.benchmark;

import java.util.List;

/** Seconds of equal calls, in the order in which they were made. */
public record Timings(List<Double> seconds) {
    public Timings {
        seconds = List.copyOf(seconds);
        if (seconds.isEmpty() || seconds.stream().anyMatch(time -> !(time > 0))) {
            throw new IllegalArgumentException("timings: got %s, wanted one or more, each above 0".formatted(seconds));
        }
    }

    public double median() {
        return quantile(0.5);
    }

    public double least() {
        return quantile(0);
    }

    public double most() {
        return quantile(1);
    }

    /** The value that a share of {@code fraction} is below, between two of them in proportion. Source: numpy.quantile's default. */
    public double quantile(double fraction) {
        List<Double> sorted = seconds.stream().sorted().toList();
        double place = fraction * (sorted.size() - 1);
        int below = (int) place;
        int above = Math.min(below + 1, sorted.size() - 1);
        return sorted.get(below) + (place - below) * (sorted.get(above) - sorted.get(below));
    }
}
