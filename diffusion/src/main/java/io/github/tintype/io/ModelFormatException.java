package io.github.tintype.io;

/**
 * A file of a model that can't be used as it is. The message is one line: which file and field, what was found, what is wanted;
 * text taken from the file is quoted, escaped and shortened.
 */
public final class ModelFormatException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ModelFormatException(String message) {
        super(message);
    }

    public ModelFormatException(String message, Throwable cause) {
        super(message, cause);
    }
}
