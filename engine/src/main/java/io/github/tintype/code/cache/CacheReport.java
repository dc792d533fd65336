package io.github.tintype.code.cache;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What somebody looked for in a cache, in order.
 *
 * @param found what was there
 * @param missed what wasn't, and why
 */
public record CacheReport(List<CacheKey<?>> found, List<Missed> missed) {
    /** One miss. */
    public record Missed(CacheKey<?> key, Lookup.Miss<?> why) {}

    public CacheReport {
        found = List.copyOf(found);
        missed = List.copyOf(missed);
    }

    /** All that was used: what {@link CompileCache#save} wants. */
    public List<CacheKey<?>> keys() {
        return Stream.<CacheKey<?>>concat(found.stream(), missed.stream().map(Missed::key))
                .distinct()
                .toList();
    }

    /** A line that counts, and one for each miss. */
    @Override
    public String toString() {
        return "code cache: %d found, %d compiled%s"
                .formatted(
                        found.size(),
                        missed.size(),
                        missed.stream()
                                .map(miss -> "%n  %s: %s"
                                        .formatted(miss.key().name(), miss.why().reason()))
                                .collect(Collectors.joining()));
    }
}
