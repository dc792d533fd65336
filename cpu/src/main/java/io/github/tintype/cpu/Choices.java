package io.github.tintype.cpu;

import java.util.List;
import java.util.stream.Stream;

/**
 * The values that a kernel's parameter may have for one problem.
 *
 * @param values in order, one or more
 */
record Choices<T>(List<T> values) {
    Choices {
        values = List.copyOf(values);
        if (values.isEmpty()) {
            throw new IllegalArgumentException("choices: got none, wanted one or more");
        }
    }

    /** Of most sizes of a block, in order, those that cut {@code whole} differently: smaller ones, and the first that takes all of it, or the largest. */
    static Choices<Long> of(List<Long> sizes, long whole) {
        long larger = sizes.stream().filter(size -> size >= whole).findFirst().orElse(sizes.getLast());
        return new Choices<>(sizes.stream().filter(size -> size <= larger).toList());
    }

    /** These sizes and one more, in order. */
    static Choices<Long> with(List<Long> sizes, long other) {
        return new Choices<>(Stream.concat(sizes.stream(), Stream.of(other))
                .distinct()
                .sorted()
                .toList());
    }

    /** The largest legal value that is no larger than each of {@code wanted}, or the smallest, each once. */
    static List<Long> clipped(Choices<Long> legal, List<Long> wanted) {
        return wanted.stream().map(size -> clipped(legal, size)).distinct().toList();
    }

    /** The largest legal value that is no larger than {@code wanted}, or the smallest. */
    static long clipped(Choices<Long> legal, long wanted) {
        return legal.values().stream()
                .filter(size -> size <= wanted)
                .reduce((_, larger) -> larger)
                .orElse(legal.values().getFirst());
    }

    /** The values on both sides of one of them. */
    List<T> nextTo(T value) {
        int at = values.indexOf(value);
        if (at < 0) {
            throw new IllegalArgumentException("choices: got %s, wanted one of %s".formatted(value, values));
        }
        return Stream.of(at - 1, at + 1)
                .filter(i -> i >= 0 && i < values.size())
                .map(values::get)
                .toList();
    }
}
