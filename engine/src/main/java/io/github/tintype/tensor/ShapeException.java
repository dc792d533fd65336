package io.github.tintype.tensor;

/** Shapes or types that do not fit an operator. The message says operator, found and wanted in one line. */
public sealed class ShapeException extends RuntimeException permits UndecidedSizeException {
    private static final long serialVersionUID = 1L;

    public ShapeException(String message) {
        super(message);
    }

    /** This error with the place where it arose at the end of its message, and this one as its cause. */
    public ShapeException at(String place) {
        ShapeException located = new ShapeException("%s (at %s)".formatted(getMessage(), place));
        located.initCause(this);
        return located;
    }
}
