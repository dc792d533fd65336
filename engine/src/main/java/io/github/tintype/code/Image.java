package io.github.tintype.code;

import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * Machine code that runs wherever it is mapped: constants and functions, whose references to each other are relative and resolved. Nobody
 * else's memory is named in it. Equal bytes and entries are equal images.
 */
public final class Image {
    /** More than any program comes to; a damaged file must not make us map gigabytes. */
    public static final int MOST_BYTES = 64 << 20;

    private final byte[] code;
    private final Map<String, Integer> entries;

    /**
     * @param code the bytes, the first of which begins a page when mapped
     * @param entries where each function begins, in bytes from the start
     * @throws IllegalArgumentException if there is no code or too much, or an entry is outside of it
     */
    public Image(byte[] code, Map<String, Integer> entries) {
        if (code.length == 0 || code.length > MOST_BYTES) {
            throw new IllegalArgumentException(
                    "image: got %d bytes, wanted 1 to %d".formatted(code.length, MOST_BYTES));
        }
        entries.forEach((name, offset) -> {
            if (offset < 0 || offset >= code.length) {
                throw new IllegalArgumentException(
                        "image: got function %s at %d of %d bytes".formatted(name, offset, code.length));
            }
        });
        this.code = code.clone();
        this.entries = Collections.unmodifiableMap(new TreeMap<>(entries));
    }

    /** A copy of the bytes. */
    public byte[] code() {
        return code.clone();
    }

    /** Where each function begins, by its name. */
    public Map<String, Integer> entries() {
        return entries;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Image image && Arrays.equals(code, image.code) && entries.equals(image.entries);
    }

    @Override
    public int hashCode() {
        return Objects.hash(Arrays.hashCode(code), entries);
    }

    @Override
    public String toString() {
        return "image of %d bytes with %s".formatted(code.length, entries.keySet());
    }
}
