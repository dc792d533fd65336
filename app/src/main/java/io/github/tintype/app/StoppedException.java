package io.github.tintype.app;

/** The user asked the command to end. */
final class StoppedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    StoppedException() {
        super("cancelled");
    }
}
