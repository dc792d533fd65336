package io.github.tintype.schedulers;

import io.github.tintype.io.ConfigNode;
import io.github.tintype.io.ModelFormatException;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/** A scheduler's configuration read by diffusers' keys: choices by name, and errors that say file, key, wanted and found. */
record Keys(ConfigNode config) {
    int integer(String key, int otherwise) {
        return config.getInt(key, otherwise);
    }

    double number(String key, double otherwise) {
        return config.getDouble(key, otherwise);
    }

    /** A number that may be infinite. */
    double extendedNumber(String key, double otherwise) {
        return config.getExtendedDouble(key, otherwise);
    }

    /** A positive number, if there is one. */
    OptionalDouble positiveNumber(String key) {
        double number = config.getDouble(key, 1);
        if (number <= 0) {
            throw config.wrong(key, "a positive number");
        }
        return config.has(key) ? OptionalDouble.of(number) : OptionalDouble.empty();
    }

    /** A list, empty where there is none. */
    List<Double> numbers(String key) {
        return config.optionalDoubles(key).orElse(List.of());
    }

    boolean flag(String key, boolean otherwise) {
        return config.getBoolean(key, otherwise);
    }

    /** The one of allowed whose name is at key. */
    <T extends Enum<T>> T choice(String key, T otherwise, List<T> allowed) {
        String name = config.getString(key, otherwise.toString());
        return allowed.stream()
                .filter(value -> value.toString().equals(name))
                .findFirst()
                .orElseThrow(() -> config.wrong(
                        key, "one of " + allowed.stream().map(Enum::toString).collect(Collectors.joining(", "))));
    }

    /** One of the allowed names. */
    String name(String key, String otherwise, List<String> allowed) {
        String name = config.getString(key, otherwise);
        if (!allowed.contains(name)) {
            throw config.wrong(key, "one of " + String.join(", ", allowed));
        }
        return name;
    }

    /** An integer from low to high. */
    int between(String key, int low, int high, int otherwise) {
        int value = config.getInt(key, otherwise);
        if (value < low || value > high) {
            throw config.wrong(key, "an integer from %d to %d".formatted(low, high));
        }
        return value;
    }

    /** An error about several keys at once. */
    ModelFormatException refused(String message) {
        return new ModelFormatException(config.where() + ": " + message);
    }
}
