package io.github.tintype.pipelines;

import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** Brings lists of prompts to one length. */
final class Prompts {
    private Prompts() {}

    /** {@code list}, or its only element {@code count} times. */
    static List<String> forEach(List<String> list, int count) {
        return list.size() == count ? list : Collections.nCopies(count, list.get(0));
    }

    /** {@code second} for the second text encoder unless it is absent or a single empty prompt: then {@code first}. */
    static List<String> second(Optional<List<String>> second, List<String> first) {
        return second.filter(list -> !list.equals(List.of(""))).orElse(first);
    }
}
