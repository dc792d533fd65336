package io.github.tintype.code.cache;

import io.github.tintype.code.cache.Lookup.Cause;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** A cache as one device uses it: what was found there, and what had to be compiled and why, can be told afterwards. Thread-safe. */
public final class CacheUse {
    /* Many models' worth. A process that compiles for months must not remember all of it. */
    private static final int MOST_TOLD = 4096;

    private final CompileCache cache;
    private final Supplier<Optional<String>> builds;
    private Optional<Optional<String>> build = Optional.empty();
    private final LinkedHashMap<CacheKey<?>, Optional<Lookup.Miss<?>>> looked = new LinkedHashMap<>();
    private long forgotten;

    /** @param builds tells the build of the engine, part of all keys, when it is first needed; without it nothing is found or kept */
    public CacheUse(CompileCache cache, Supplier<Optional<String>> builds) {
        this.cache = cache;
        this.builds = builds;
    }

    public CompileCache cache() {
        return cache;
    }

    /** What keys have for the engine's build; some text, if that can't be told. */
    public String build() {
        return told().orElse("unknown");
    }

    private synchronized Optional<String> told() {
        Optional<String> known = build.orElseGet(builds);
        build = Optional.of(known);
        return known;
    }

    /** As {@link CompileCache#find}. */
    public <V> Lookup<V> find(CacheKey<V> key) {
        return find(List.of(key));
    }

    /**
     * The first of these that is there, or why the first of all isn't.
     *
     * @param keys one or more, each of which would do, the best first
     */
    public <V> Lookup<V> find(List<? extends CacheKey<V>> keys) {
        CacheKey<V> first = keys.getFirst();
        Lookup<V> missing = look(first);
        if (missing instanceof Lookup.Miss<V> why) {
            for (CacheKey<V> other : keys.subList(1, keys.size())) {
                if (look(other) instanceof Lookup.Hit<V> hit) {
                    note(other, Optional.empty());
                    return hit;
                }
            }
            note(first, Optional.of(why));
        } else {
            note(first, Optional.empty());
        }
        return missing;
    }

    private <V> Lookup<V> look(CacheKey<V> key) {
        return told().isPresent()
                ? cache.find(key)
                : new Lookup.Miss<>(
                        Cause.NO_CACHE, "no cache: the engine is in no jar or directory that tells its build");
    }

    private synchronized void note(CacheKey<?> key, Optional<Lookup.Miss<?>> missing) {
        looked.putIfAbsent(key, missing); // what this process compiled itself and meets again is no find
        if (looked.size() > MOST_TOLD) {
            looked.pollFirstEntry();
            forgotten++;
        }
    }

    /** As {@link CompileCache#store}. */
    public <V> void store(CacheKey<V> key, V value) {
        if (told().isPresent()) {
            cache.store(key, value);
        }
    }

    /** What was found so far, and what wasn't, of the last few thousand keys. */
    public synchronized CacheReport report() {
        List<CacheKey<?>> found = new ArrayList<>();
        List<CacheReport.Missed> missed = new ArrayList<>();
        looked.forEach((key, missing) ->
                missing.ifPresentOrElse(why -> missed.add(new CacheReport.Missed(key, why)), () -> found.add(key)));
        return new CacheReport(found, missed, forgotten);
    }
}
