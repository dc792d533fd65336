package io.github.tintype.app;

/** Text from outside, made fit for one line of a terminal. */
final class Text {
    private static final int LONGEST = 200;

    private Text() {}

    /** {@code text} without control characters (a newline becomes a space), cut after 200 characters. */
    static String oneLine(String text) {
        StringBuilder line = new StringBuilder();
        text.codePoints()
                .limit(LONGEST + 1L)
                .map(c -> Character.isISOControl(c) ? ' ' : c)
                .forEach(line::appendCodePoint);
        if (text.codePointCount(0, text.length()) <= LONGEST) {
            return line.toString();
        }
        return line.substring(0, line.offsetByCodePoints(0, LONGEST)) + "…";
    }
}
