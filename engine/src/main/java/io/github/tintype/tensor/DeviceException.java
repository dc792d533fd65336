package io.github.tintype.tensor;

/** A device, its native library or its memory could not do what was asked. The message is one line and says what would help. */
public final class DeviceException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What kind of failure it was: a program's exit code depends on it. */
    public enum Reason {
        /** More memory than the budget or the machine has. */
        MEMORY,
        /** A native library is missing, broken or foreign. */
        NATIVE,
        /** A kernel failed or gave a non-finite result. */
        COMPUTE
    }

    private final Reason reason;

    public DeviceException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    public DeviceException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
