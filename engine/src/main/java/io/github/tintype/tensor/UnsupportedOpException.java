package io.github.tintype.tensor;

/** An operator, or a combination of types for one, that nothing here can compute. */
public final class UnsupportedOpException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public UnsupportedOpException(String message) {
        super(message);
    }
}
