package io.github.tintype.io;

import java.util.Collection;
import java.util.stream.Collectors;

/** Text from outside, made fit for a line of a message or a log. */
final class Quoted {
    private static final int LONGEST = 80;
    private static final int MOST = 10;

    private Quoted() {}

    /** {@code text} in double quotes: what isn't plain printable is escaped, and only the start of a long text is kept. */
    static String of(String text) {
        int kept = Math.min(text.length(), LONGEST);
        String quoted = "\"%s\"".formatted(escaped(text.substring(0, kept), "\"\\"));
        return text.length() > kept ? "%s… (%d characters)".formatted(quoted, text.length()) : quoted;
    }

    /** {@code text} without quotes, for the words of a library: one line, escaped, with only the start of a long text. */
    static String plain(String text) {
        int kept = Math.min(text.length(), 2 * LONGEST);
        return escaped(text.substring(0, kept), "") + (text.length() > kept ? "…" : "");
    }

    private static String escaped(String text, String special) {
        StringBuilder escaped = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (special.indexOf(c) >= 0) {
                escaped.append('\\').append(c);
            } else if (isPlain(c)) {
                escaped.append(c);
            } else {
                escaped.append("\\u%04x".formatted((int) c));
            }
        }
        return escaped.toString();
    }

    /** The first ten of {@code texts}, quoted, and how many more there are. */
    static String list(Collection<String> texts) {
        String first = texts.stream().limit(MOST).map(Quoted::of).collect(Collectors.joining(", "));
        return texts.size() > MOST ? "%s and %d more".formatted(first, texts.size() - MOST) : first;
    }

    private static boolean isPlain(char c) {
        // formats such as right-to-left marks and line separators could forge a line of a log
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE,
                    Character.UNASSIGNED,
                    Character.PRIVATE_USE -> false;
            default -> true;
        };
    }
}
