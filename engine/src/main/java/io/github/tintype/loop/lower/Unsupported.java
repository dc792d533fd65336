package io.github.tintype.loop.lower;

/** Ends a lowering that can't be: the message is the reason given back. Never leaves this package. */
final class Unsupported extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Unsupported(String reason) {
        super(reason, null, false, false);
    }
}
