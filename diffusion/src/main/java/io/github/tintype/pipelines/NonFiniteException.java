package io.github.tintype.pipelines;

/** A component produced NaN or an infinity, so that the picture would be black or noise. The message names step and component. */
public final class NonFiniteException extends ArithmeticException {
    private static final long serialVersionUID = 1L;

    public NonFiniteException(String message) {
        super(message);
    }
}
