package io.github.tintype.code.cache;

import io.github.tintype.code.Digests;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Everything that decides which of several kernels is the fastest for a problem. Found by it is the name of one.
 *
 * @param name of the op, for people
 * @param problem the SHA-256 of what is computed on what, and by which kernels it could be, in 64 hexadecimal digits
 * @param processor what was measured on
 * @param threads how many computed
 * @param search how the fastest was looked for
 * @param build of the engine ({@link io.github.tintype.code.Build})
 */
public record TuneKey(String name, String problem, String processor, int threads, String search, String build)
        implements CacheKey<String> {
    private static final int MOST_LETTERS = 200;

    /** @throws IllegalArgumentException if a text isn't one line of 1 to 2000 ASCII characters, or {@code problem} no digest */
    public TuneKey {
        KeyText.check(name, processor, search, build);
        KeyText.checkDigest(problem);
    }

    /** The key of a problem that is given by a text. */
    public static TuneKey of(String name, String text, String processor, int threads, String search, String build) {
        String digest = Digests.hex(text);
        return new TuneKey(KeyText.plain(name), digest, KeyText.plain(processor), threads, search, build);
    }

    /** The key of an entry that consists of these. @throws IllegalArgumentException if they are of no key */
    static TuneKey of(Components found) {
        return new TuneKey(
                found.get("name"),
                found.get("problem"),
                found.get("processor"),
                Integer.parseInt(found.get("threads")),
                found.get("search"),
                found.get("build"));
    }

    @Override
    public Sort sort() {
        return Sort.TUNING;
    }

    @Override
    public String content() {
        return problem;
    }

    @Override
    public Map<String, String> components() {
        Map<String, String> components = new LinkedHashMap<>();
        components.put("name", name);
        components.put("problem", problem);
        components.put("processor", processor);
        components.put("threads", Integer.toString(threads));
        components.put("search", search);
        components.put("build", build);
        return components;
    }

    @Override
    public void write(String kernel, DataOutputStream out) throws IOException {
        byte[] letters = kernel.getBytes(StandardCharsets.US_ASCII);
        if (letters.length > MOST_LETTERS) {
            throw new CacheFormatException(
                    "got a name of %d letters, wanted at most %d".formatted(letters.length, MOST_LETTERS));
        }
        out.write(letters);
    }

    @Override
    public String read(ByteBuffer in) {
        byte[] letters = new byte[Entry.length(in.remaining(), MOST_LETTERS)];
        in.get(letters);
        return new String(letters, StandardCharsets.US_ASCII);
    }

    /** What it is for, in one line. */
    @Override
    public String toString() {
        return "%s, problem %s, on %s, %d threads, by %s, build %s"
                .formatted(
                        name,
                        KeyText.shown("problem", problem),
                        processor,
                        threads,
                        search,
                        KeyText.shown("build", build));
    }
}
