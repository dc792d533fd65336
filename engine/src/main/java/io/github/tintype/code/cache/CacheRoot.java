package io.github.tintype.code.cache;

import java.nio.file.Path;
import java.util.Map;

/** Where Tintype keeps what it can make again. */
public final class CacheRoot {
    private CacheRoot() {}

    /**
     * {@code $XDG_CACHE_HOME/tintype}, or {@code ~/.cache/tintype}; for a user without a home (as in some containers) a directory of his in
     * {@code temporary}. Nothing is made there; whoever does checks whose it is.
     *
     * @param environment variables of the process
     * @param properties Java's system properties
     */
    public static Path of(Map<String, String> environment, Map<?, ?> properties) {
        Path variable = Path.of(environment.getOrDefault("XDG_CACHE_HOME", ""));
        if (variable.isAbsolute()) { // the specification: all others are to be ignored
            return variable.resolve("tintype");
        }
        Path home = Path.of(text(properties, "user.home"));
        if (home.isAbsolute()) {
            return home.resolve(".cache", "tintype");
        }
        return Path.of(text(properties, "java.io.tmpdir")).resolve("tintype-" + text(properties, "user.name"));
    }

    /** For this process. */
    public static Path here() {
        return of(System.getenv(), System.getProperties());
    }

    private static String text(Map<?, ?> properties, String name) {
        return properties.get(name) instanceof String text ? text : "";
    }
}
