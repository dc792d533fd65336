package io.github.tintype.code.cache;

import java.time.Instant;

/**
 * An entry of a cache, for people.
 *
 * @param file its name in the cache's directory
 * @param bytes of the file
 * @param lastUse when it was stored or found
 * @param content what checking it came to
 */
public record CachedEntry(String file, long bytes, Instant lastUse, Content content) {
    /** What a file holds. */
    public sealed interface Content {}

    /** All is as it was stored. */
    public record Whole(CacheKey<?> key) implements Content {}

    /** It is a miss for whoever looks for it. */
    public record Damaged(String reason) implements Content {}
}
