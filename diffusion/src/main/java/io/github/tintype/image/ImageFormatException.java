package io.github.tintype.image;

/** Bytes that aren't a picture, or not one that is accepted. The message is one line. */
public final class ImageFormatException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Why; a server's answer depends on it. */
    public enum Reason {
        /** Not a format that is read here. */
        UNSUPPORTED,
        /** More bytes or pixels than allowed. */
        TOO_LARGE,
        /** Of a known format, but damaged. */
        BROKEN
    }

    private final Reason reason;

    public ImageFormatException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    public ImageFormatException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
