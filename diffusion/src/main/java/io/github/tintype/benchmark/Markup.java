package io.github.tintype.benchmark;

/** Writes elements that are both HTML and XML. All text is escaped; nothing else can be written. */
final class Markup {
    private final StringBuilder out = new StringBuilder();

    /**
     * An element and what {@code content} writes.
     *
     * @param attributes names and values, by turns
     */
    Markup element(String name, Runnable content, String... attributes) {
        start(name, attributes);
        out.append('>');
        content.run();
        out.append("</").append(name).append('>');
        return this;
    }

    /** An element with text alone. */
    Markup element(String name, String text, String... attributes) {
        return element(name, () -> text(text), attributes);
    }

    /** An element without content, which HTML has no end tag for (or SVG, where it is foreign to HTML). */
    Markup empty(String name, String... attributes) {
        start(name, attributes);
        out.append("/>");
        return this;
    }

    private void start(String name, String... attributes) {
        out.append('<').append(name);
        for (int i = 0; i < attributes.length; i += 2) {
            out.append(' ').append(attributes[i]).append("=\"");
            text(attributes[i + 1]);
            out.append('"');
        }
    }

    /** Text, escaped. What XML can't hold becomes U+FFFD. */
    Markup text(String text) {
        text.codePoints().forEach(c -> {
            switch (c) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&quot;");
                case '\'' -> out.append("&#39;");
                default -> out.appendCodePoint(isCharacter(c) ? c : 0xfffd);
            }
        });
        return this;
    }

    /* Source: XML 1.0, production 2. */
    private static boolean isCharacter(int c) {
        return c == '\t'
                || c == '\n'
                || c == '\r'
                || (c >= 0x20 && c <= 0xd7ff)
                || (c >= 0xe000 && c <= 0xfffd)
                || c >= 0x10000;
    }

    @Override
    public String toString() {
        return out.toString();
    }
}
