package io.github.tintype.calibration;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * How far pictures may be from those of the model as it is: all bounds must hold, in the worst picture.
 *
 * @throws IllegalArgumentException for a budget without bounds, and for a bound that not even equal pictures hold
 */
public record Budget(Map<Metric, Double> bounds) {
    public Budget {
        if (bounds.isEmpty()
                || bounds.entrySet().stream().anyMatch(bound -> !bound.getKey().isBound(bound.getValue()))) {
            throw new IllegalArgumentException(
                    "budget: got %s, wanted a bound or more that equal pictures hold".formatted(bounds));
        }
        bounds = Collections.unmodifiableMap(new EnumMap<>(bounds));
    }

    /** At least so many dB. */
    public static Budget psnr(double decibels) {
        return new Budget(Map.of(Metric.PSNR, decibels));
    }

    /** Whether all bounds hold. */
    public boolean holds(Nearness nearness) {
        return bounds.entrySet().stream()
                .allMatch(bound -> bound.getKey().holds(bound.getKey().of(nearness), bound.getValue()));
    }

    /** E.g. {@code psnr=35.0, max-abs=0.1}. */
    @Override
    public String toString() {
        return bounds.entrySet().stream()
                .map(bound -> bound.getKey() + "=" + bound.getValue())
                .collect(Collectors.joining(", "));
    }
}
