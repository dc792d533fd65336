package io.github.tintype.compile;

import io.github.tintype.graph.Graph;

/** Hears of the passes that changed a graph, e.g. to dump them, and how far they are. */
@FunctionalInterface
public interface PassListener {
    /** Hears nothing. */
    PassListener NONE = (_, _, _) -> {};

    void onPass(String pass, Graph before, Graph after);

    /** {@code done} of {@code total} programs are optimised. To stop there, throw. */
    default void onProgram(int done, int total) {}
}
