package io.github.tintype.code.cache;

/** A file that should hold cached code doesn't. The message says what was found; it names no file. */
public final class CacheFormatException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public CacheFormatException(String message) {
        super(message);
    }
}
