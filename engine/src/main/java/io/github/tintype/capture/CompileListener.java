package io.github.tintype.capture;

import io.github.tintype.compile.Plan;
import io.github.tintype.graph.Graph;

/** Hears what compiling makes, e.g. to dump it. Names are those of the compiled functions, with the number of the graph: {@code unet.0}. */
public interface CompileListener {
    /** Hears nothing. */
    CompileListener NONE = new CompileListener() {
        @Override
        public boolean hearsNothing() {
            return true;
        }
    };

    /** Whether it does nothing with what it is told: then functions may be compiled in another order than they are called in, or at once. */
    default boolean hearsNothing() {
        return false;
    }

    /** Whether it wants to hear of each pass: then they run, though the graph that they come to may be in the cache. */
    default boolean followsPasses() {
        return false;
    }

    /** A function has been recorded. */
    default void onTrace(String name, Graph graph) {}

    /** A pass has changed the graph. */
    default void onPass(String name, String pass, Graph before, Graph after) {}

    /** The graph has been planned for one set of sizes. */
    default void onPlan(String name, Plan plan) {}
}
