package io.github.tintype.pipelines;

/** Hears how far a call is, on the thread that generates. */
@FunctionalInterface
public interface ProgressListener {
    /**
     * {@code done} of {@code total} calls of the denoiser are finished.
     *
     * @param done from 0 (before the first) to {@code total}
     * @param total fixed for one call; solvers of second order make more calls than {@code numInferenceSteps}
     */
    void onProgress(int done, int total);
}
