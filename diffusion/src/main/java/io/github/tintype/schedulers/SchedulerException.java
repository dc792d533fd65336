package io.github.tintype.schedulers;

/** A request that a scheduler cannot serve: the message says class, found and wanted in one line. */
public final class SchedulerException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public SchedulerException(String message) {
        super(message);
    }
}
