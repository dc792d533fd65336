package io.github.tintype.capture;

/** Something that compiling was asked for and can't give. One line: what, found, wanted, way out. */
public final class CompileException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public CompileException(String message) {
        super(message);
    }

    public CompileException(String message, Throwable cause) {
        super(message, cause);
    }
}
