package io.github.tintype.tensor;

/** Shapes or types that do not fit an operator. The message says operator, found and wanted in one line. */
public final class ShapeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ShapeException(String message) {
        super(message);
    }
}
