package io.github.tintype.runtime;

/** Hears how far a program is that a first call waits for, on the thread that prepares it: several at once hear of several programs. */
@FunctionalInterface
public interface PreparationListener {
    /** Hears nothing. */
    PreparationListener NONE = (_, _, _, _) -> {};

    /** What is done before the first kernel runs, in this order. */
    enum Stage {
        /** The function is recorded. */
        TRACE,
        /** The passes run, over one part of the graph after the other. */
        PASSES,
        /** Kernels are chosen, which may take measuring them, and memory is laid out; once more, from 0 on, where that needs more than there is. */
        PLAN,
        /** Weights are read and brought into the forms that the kernels want. */
        WEIGHTS
    }

    /**
     * {@code done} of {@code total} parts of a stage are finished.
     *
     * @param program its name, e.g. {@code unet.0}
     * @param done from 0 to {@code total}, with which the stage ends; a stage that fails ends without
     * @param total 1 where a stage has no parts
     */
    void onPreparation(String program, Stage stage, int done, int total);
}
