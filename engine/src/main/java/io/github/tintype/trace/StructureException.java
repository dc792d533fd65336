package io.github.tintype.trace;

/** An argument or result of a compiled function that has another form than tensors in records, lists and optionals. */
public final class StructureException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public StructureException(String message) {
        super(message);
    }
}
