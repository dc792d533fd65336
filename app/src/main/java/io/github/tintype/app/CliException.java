package io.github.tintype.app;

import java.util.Map;

/** Ends the command with one line on stderr and an exit code. The message says what, what was expected, what was found. */
final class CliException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ExitCode exitCode;

    CliException(ExitCode exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    CliException(ExitCode exitCode, String message, Throwable cause) {
        super(message, cause);
        this.exitCode = exitCode;
    }

    /** A flag with a value that it doesn't take. */
    static CliException usage(String flag, String expected, String found) {
        return new CliException(
                ExitCode.USAGE, "%s: expected %s, found \"%s\"".formatted(flag, expected, Text.oneLine(found)));
    }

    /**
     * Throws for the first flag that is given and mustn't be.
     *
     * @param because what was expected, what was found
     */
    static void refuse(Map<String, Boolean> given, String because) {
        given.forEach((flag, there) -> {
            if (there) {
                throw new CliException(ExitCode.USAGE, flag + ": " + because);
            }
        });
    }

    ExitCode exitCode() {
        return exitCode;
    }
}
