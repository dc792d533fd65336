package io.github.tintype.bench;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code --name value} pairs and {@code --flag}s of a command line; each is read once, and what nobody reads is an error. */
final class Options {
    private final Map<String, String> values = new HashMap<>();

    /** @param flags names without a value */
    Options(String[] args, String... flags) {
        for (int i = 0; i < args.length; i++) {
            String name = args[i];
            boolean flag = Arrays.asList(flags).contains(name);
            if (!name.startsWith("--") || (!flag && i + 1 == args.length) || values.containsKey(name)) {
                throw new IllegalArgumentException(
                        "arguments: got %s, wanted each --option once, with its value".formatted(name));
            }
            values.put(name, flag ? "true" : args[++i]);
        }
    }

    Optional<String> text(String name) {
        return Optional.ofNullable(values.remove(name));
    }

    String required(String name) {
        return text(name).orElseThrow(() -> new IllegalArgumentException(name + ": got none, wanted a value"));
    }

    int integer(String name, int otherwise) {
        return text(name).map(value -> parse(name, value)).orElse(otherwise);
    }

    private static int parse(String name, String value) {
        try {
            int number = Integer.parseInt(value);
            if (number > 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new IllegalArgumentException("%s: got %s, wanted a positive integer".formatted(name, value));
    }

    boolean flag(String name) {
        return text(name).isPresent();
    }

    /** @throws IllegalArgumentException naming what was not read */
    void requireAllRead() {
        if (!values.isEmpty()) {
            throw new IllegalArgumentException(
                    "arguments: got %s, which is no option".formatted(List.copyOf(values.keySet())));
        }
    }
}
