package io.github.tintype.trace;

import java.util.Arrays;
import java.util.Set;

/** Where in the user's code, or a model's, a tensor operation was called: for errors and reports. */
public final class JavaLine {
    /* The rooms that stand between a line of a model and the error that it causes. */
    private static final Set<String> BETWEEN = Set.of(
            "io.github.tintype.tensor",
            "io.github.tintype.graph",
            "io.github.tintype.trace",
            "io.github.tintype.runtime",
            "io.github.tintype.capture");

    private JavaLine() {}

    /** The innermost frame outside of the engine, e.g. {@code MyBlock.java:31}. */
    public static String of(Throwable error) {
        return Arrays.stream(error.getStackTrace())
                .filter(frame -> !BETWEEN.contains(packageOf(frame.getClassName())) && !isJdk(frame))
                .findFirst()
                .map(frame -> frame.getFileName() + ":" + frame.getLineNumber())
                .orElse("unknown line");
    }

    private static boolean isJdk(StackTraceElement frame) {
        return frame.getClassName().startsWith("java.") || frame.getClassName().startsWith("jdk.");
    }

    private static String packageOf(String className) {
        int dot = className.lastIndexOf('.');
        return dot < 0 ? "" : className.substring(0, dot);
    }
}
