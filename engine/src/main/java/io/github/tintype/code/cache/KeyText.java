package io.github.tintype.code.cache;

import io.github.tintype.code.Digests;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Keys as names of files, and as people read them. */
final class KeyText {
    private static final int PREFIX_DIGITS = 16;
    private static final int ABBREVIATED = 12;
    private static final int LONG_PHRASES = 20;
    private static final String PHRASE_END = ", ";
    private static final Pattern LONG_DIGEST = Pattern.compile("\\b[0-9a-f]{64}\\b");
    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern FILE = Pattern.compile("[0-9a-f]{16}-[0-9a-f]{64}\\.(image|plan|tuning)");
    /** One line of a terminal can show it. */
    private static final Pattern PLAIN = Pattern.compile("[ -~]{1,2000}");

    private KeyText() {}

    /** @throws IllegalArgumentException if a text isn't one line of 1 to 2000 ASCII characters */
    static void check(String... texts) {
        for (String text : texts) {
            if (!PLAIN.matcher(text).matches()) {
                throw new IllegalArgumentException(
                        "cache key: got a text of %d characters, wanted 1 to 2000 that are printable ASCII"
                                .formatted(text.length()));
            }
        }
    }

    /** {@code text} if {@link #check} takes it, else its digest. */
    static String plain(String text) {
        return PLAIN.matcher(text).matches() ? text : "sha256 " + Digests.hex(text);
    }

    static void checkDigest(String digest) {
        if (!DIGEST.matcher(digest).matches()) {
            throw new IllegalArgumentException("cache key: got a digest of %d characters, wanted 64 hexadecimal digits"
                    .formatted(digest.length()));
        }
    }

    /** The file of the entry. All keys of one content begin alike, so that a miss finds what there is of it without reading all files. */
    static String fileName(CacheKey<?> key) {
        StringBuilder text = new StringBuilder("format=").append(Entry.FORMAT).append('\n');
        key.components()
                .forEach((name, value) ->
                        text.append(name).append('=').append(value).append('\n'));
        String digest = Digests.hex(text.toString());
        return "%s%s.%s".formatted(filePrefix(key), digest, key.sort().text());
    }

    static String filePrefix(CacheKey<?> key) {
        return key.content().substring(0, PREFIX_DIGITS) + "-";
    }

    static boolean isFileName(String name) {
        return FILE.matcher(name).matches();
    }

    /** In what {@code there}, an entry of the same content, differs from {@code key}: one phrase each. */
    static List<String> differences(CacheKey<?> key, CacheKey<?> there) {
        List<String> differences = new ArrayList<>();
        Map<String, String> others = there.components();
        key.components().forEach((name, here) -> {
            String other = others.getOrDefault(name, "");
            if (!other.equals(here)) {
                int same = samePhrases(other, here);
                differences.add("another %s: %s, here %s"
                        .formatted(label(name), shown(name, other, same), shown(name, here, same)));
            }
        });
        return differences;
    }

    /* How many characters of phrases that a comma ends both begin with, if they are worth leaving out. */
    private static int samePhrases(String a, String b) {
        int same = 0;
        for (int i = 0; i < Math.min(a.length(), b.length()) && a.charAt(i) == b.charAt(i); i++) {
            same = a.startsWith(PHRASE_END, i) && b.startsWith(PHRASE_END, i) ? i + PHRASE_END.length() : same;
        }
        return same > LONG_PHRASES ? same : 0;
    }

    private static String shown(String component, String value, int same) {
        return same == 0 ? shown(component, value) : "… " + shown(component, value.substring(same));
    }

    private static String label(String component) {
        return switch (component) {
            case "triple" -> "platform";
            case "cpu" -> "processor";
            case "features" -> "set of processor features";
            case "lanes" -> "number of lanes";
            case "threads" -> "number of threads";
            case "search" -> "way of searching";
            case "flags" -> "set of flags";
            case "regions" -> "choice of regions";
            case "build" -> "build of the engine";
            default -> component;
        };
    }

    /** A component's value for people: digests are cut. */
    static String shown(String component, String value) {
        return switch (component) {
            case "build", "program", "graph", "problem" -> value.substring(0, Math.min(ABBREVIATED, value.length()));
            default ->
                value.isEmpty()
                        ? "none"
                        : LONG_DIGEST
                                .matcher(value)
                                .replaceAll(digest -> digest.group().substring(0, ABBREVIATED));
        };
    }
}
