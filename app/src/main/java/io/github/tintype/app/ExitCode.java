package io.github.tintype.app;

/** What the process answers to the shell. 130 (Ctrl-C) and 143 (SIGTERM) are set by the JVM itself. */
enum ExitCode {
    OK(0),
    /** A bug of ours: nothing that the user did explains it. */
    INTERNAL(1),
    USAGE(2),
    /** A model or a configuration that can't be used. */
    MODEL(3),
    /** Disk, permission, network. */
    IO(4),
    MEMORY(5),
    /** A native library failed, or a value is not finite. */
    COMPUTE(6),
    INTERRUPTED(130);

    private final int value;

    ExitCode(int value) {
        this.value = value;
    }

    int value() {
        return value;
    }
}
