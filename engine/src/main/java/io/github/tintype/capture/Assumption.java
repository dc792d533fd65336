package io.github.tintype.capture;

/**
 * What recording had to assume of a symbol.
 *
 * @param text e.g. {@code s1 = 4}
 * @param reason the operator that needed it, and the Java line
 */
public record Assumption(String text, String reason) {
    @Override
    public String toString() {
        return text + ": " + reason;
    }
}
