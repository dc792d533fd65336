package io.github.tintype.code.cache;

import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.Map;

/**
 * Everything that decides something that compiling makes: equal keys have equal values.
 *
 * @param <V> what is found by it
 */
public sealed interface CacheKey<V> permits ImageKey, PlanKey, TuneKey {
    /** What is kept. */
    enum Sort {
        /** The code of a loop program. */
        IMAGE,
        /** A graph after the passes. */
        PLAN,
        /** Which kernel is the fastest. */
        TUNING;

        /** In names of files, and the first of a key's components. */
        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    Sort sort();

    /** Of what is compiled, for people. */
    String name();

    /** What is compiled: a SHA-256 in 64 hexadecimal digits. */
    String content();

    /** What the key consists of, by name. */
    Map<String, String> components();

    /** Writes what is kept. @throws CacheFormatException if that is more than any program comes to */
    void write(V value, DataOutputStream out) throws IOException;

    /** The value that {@link #write} wrote. @throws CacheFormatException, or a buffer underflow, for anything else */
    V read(ByteBuffer in);
}
