package io.github.tintype.code.cache;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What somebody looked for in a cache, in order.
 *
 * @param found what was there
 * @param missed what wasn't, and why
 * @param forgotten how many were looked for before these and are no longer known
 */
public record CacheReport(List<CacheKey<?>> found, List<Missed> missed, long forgotten) {
    /** One miss. */
    public record Missed(CacheKey<?> key, Lookup.Miss<?> why) {}

    public CacheReport {
        found = List.copyOf(found);
        missed = List.copyOf(missed);
    }

    /** All that was used: what {@link CompileCache#save} wants. @throws IllegalStateException if some are forgotten */
    public List<CacheKey<?>> keys() {
        if (forgotten > 0) {
            throw new IllegalStateException(
                    "code cache: got %d keys that are no longer known, wanted all: ask a device that has compiled less"
                            .formatted(forgotten));
        }
        return Stream.<CacheKey<?>>concat(found.stream(), missed.stream().map(Missed::key))
                .distinct()
                .toList();
    }

    /** A line that counts, and one for each miss. */
    @Override
    public String toString() {
        return "code cache: %d found, %d compiled%s%s"
                .formatted(
                        found.size(),
                        missed.size(),
                        forgotten == 0 ? "" : ", %d before them".formatted(forgotten),
                        missed.stream()
                                .map(miss -> "%n  %s: %s"
                                        .formatted(miss.key().name(), miss.why().reason()))
                                .collect(Collectors.joining()));
    }
}
