package io.github.tintype.io;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Reads JSON tokens from UTF-8 bytes: strings, lists of whole numbers, punctuation. Strict, and never recursive. */
final class JsonCursor {
    private final byte[] text;
    private final String where;
    private final CharsetDecoder utf8 = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    private final CharsetEncoder encodable = StandardCharsets.UTF_8.newEncoder();
    private int at;

    JsonCursor(byte[] text, String where) {
        this.text = text;
        this.where = where;
    }

    ModelFormatException error(String problem) {
        return new ModelFormatException("%s: %s (byte %d)".formatted(where, problem, at));
    }

    /** The first byte must be {@code wanted}: not even white space may come before it. */
    void expectFirst(char wanted) {
        if (at >= text.length || text[at] != wanted) {
            throw expected("'" + wanted + "' as the first byte");
        }
        at++;
    }

    void expect(char wanted) {
        if (!takes(wanted)) {
            throw expected("'" + wanted + "'");
        }
    }

    /** Skips {@code wanted} and the white space before it, if it is there. */
    boolean takes(char wanted) {
        skipWhiteSpace();
        if (at < text.length && text[at] == wanted) {
            at++;
            return true;
        }
        return false;
    }

    void expectEnd() {
        skipWhiteSpace();
        if (at < text.length) {
            throw expected("the end of the header");
        }
    }

    /** A list of whole numbers, 0 to 2⁶³−1, in plain digits. */
    List<Long> naturals() {
        List<Long> values = new ArrayList<>();
        expect('[');
        if (takes(']')) {
            return values;
        }
        do {
            values.add(natural());
        } while (takes(','));
        expect(']');
        return values;
    }

    private long natural() {
        skipWhiteSpace();
        int start = at;
        long value = 0;
        while (at < text.length && text[at] >= '0' && text[at] <= '9') {
            int digit = text[at] - '0';
            if (value > (Long.MAX_VALUE - digit) / 10) {
                throw error("expected a number below 2^63");
            }
            value = 10 * value + digit;
            at++;
        }
        boolean leadingZero = at - start > 1 && text[start] == '0';
        boolean ends = at < text.length && (text[at] == ',' || text[at] == ']' || isWhiteSpace(text[at]));
        if (start == at || leadingZero || !ends) {
            throw expected("a whole number, 0 or more");
        }
        return value;
    }

    String string() {
        skipWhiteSpace();
        if (at >= text.length || text[at] != '"') {
            throw expected("a string");
        }
        at++;
        StringBuilder value = new StringBuilder();
        int run = at;
        while (true) {
            if (at >= text.length) {
                throw expected("the end of a string");
            }
            byte b = text[at];
            if (b == '"') {
                value.append(decoded(run, at));
                at++;
                return checkedSurrogates(value.toString());
            }
            if (b >= 0 && b < 0x20) {
                throw error("control character %02x in a string".formatted(b));
            }
            if (b == '\\') {
                value.append(decoded(run, at));
                at++;
                value.append(escape());
                run = at;
            } else {
                at++;
            }
        }
    }

    private char escape() {
        if (at >= text.length) {
            throw expected("an escape");
        }
        byte b = text[at++];
        return switch (b) {
            case '"', '\\', '/' -> (char) b;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> unicode();
            default -> throw error("invalid escape in a string");
        };
    }

    private char unicode() {
        int value = 0;
        for (int i = 0; i < 4; i++) {
            byte b = at < text.length ? text[at] : 0;
            int digit = b < 0 ? -1 : Character.digit((char) b, 16);
            if (digit < 0) {
                throw error("invalid \\u escape in a string");
            }
            value = 16 * value + digit;
            at++;
        }
        return (char) value;
    }

    private String decoded(int from, int to) {
        try {
            return utf8.decode(ByteBuffer.wrap(text, from, to - from)).toString();
        } catch (CharacterCodingException e) {
            throw new ModelFormatException("%s: invalid UTF-8 in a string (byte %d)".formatted(where, from), e);
        }
    }

    private String checkedSurrogates(String value) {
        if (!encodable.canEncode(value)) {
            throw error("half a surrogate pair in a string");
        }
        return value;
    }

    private void skipWhiteSpace() {
        while (at < text.length && isWhiteSpace(text[at])) {
            at++;
        }
    }

    private static boolean isWhiteSpace(byte b) {
        return b == ' ' || b == '\t' || b == '\n' || b == '\r';
    }

    private ModelFormatException expected(String what) {
        if (at >= text.length) {
            return error("expected %s, found the end of the header".formatted(what));
        }
        byte b = text[at];
        String found = b > 0x20 && b < 0x7f ? "'" + (char) b + "'" : "byte %02x".formatted(b);
        return error("expected %s, found %s".formatted(what, found));
    }
}
