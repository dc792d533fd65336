package io.github.tintype.models;

import io.github.tintype.io.ConfigNode;
import io.github.tintype.io.ModelFormatException;
import io.github.tintype.nn.Activation;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** A model's config.json, read with the checks that models share. Every error names file, key, what was expected and what was found. */
public record ModelConfig(ConfigNode node) {
    /** The list at {@code key}, which has {@code length} members; a single value stands for that many. */
    public <T> List<T> perBlock(String key, Function<ConfigNode, Optional<List<T>>> read, T otherwise, int length) {
        List<T> values = read.apply(node).orElse(List.of(otherwise));
        if (!node.isList(key)) {
            return List.copyOf(Collections.nCopies(length, values.getFirst()));
        }
        if (values.size() != length) {
            throw node.wrong(key, "%d values, one for each block".formatted(length));
        }
        return values;
    }

    public List<Integer> positiveInts(String key, int otherwise, int length) {
        return perBlock(key, values -> values.optionalPositiveInts(key), otherwise, length);
    }

    /** The activation function at {@code key}. */
    public Activation activation(String key, String otherwise) {
        return Activation.named(node.getString(key, otherwise)).orElseThrow(() -> node.wrong(key, Activation.NAMES));
    }

    /** @throws ModelFormatException if {@code key} is anything but absent or null: a feature that isn't implemented */
    public void refuse(String key) {
        if (node.has(key)) {
            throw node.wrong(key, "null, as nothing else is implemented");
        }
    }

    /** @throws ModelFormatException if {@code key} is there and isn't {@code only} */
    public void refuseUnless(String key, String only) {
        boolean none = node.keys().contains(key) && !node.has(key);
        if (none || !node.getString(key, only).equals(only)) {
            throw node.wrong(key, "\"%s\", as nothing else is implemented".formatted(only));
        }
    }

    /** @throws ModelFormatException if {@code key} is true */
    public void refuseTrue(String key) {
        if (node.getBoolean(key, false)) {
            throw node.wrong(key, "false, as nothing else is implemented");
        }
    }

    /** A size that must be a multiple of {@code divisor}. @throws ModelFormatException naming {@code key}, whose value divides it */
    public void requireDivides(String key, int divisor, int size) {
        if (size % divisor != 0) {
            throw node.wrong(key, "a divisor of %d".formatted(size));
        }
    }
}
