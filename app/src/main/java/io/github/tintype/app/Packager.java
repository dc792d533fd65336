package io.github.tintype.app;

import io.github.tintype.code.Target;
import io.github.tintype.runtime.Cancellation;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Compiles ahead of time: the seam between the command line and the pipelines, so that the command line is tested without a model. */
interface Packager {
    /**
     * What to compile, checked.
     *
     * @param model folder in the diffusers layout
     * @param output file that is written, whether it exists or not
     * @param sizes of pictures; empty for the model's own
     * @param guidanceScale otherwise the model's own
     * @param targets machines to compile for; empty for this one
     * @param setup what is made of the model first
     */
    record Request(
            Path model,
            Path output,
            List<Size> sizes,
            int batch,
            Optional<Double> guidanceScale,
            List<Target> targets,
            ModelSetup setup,
            Compilation compilation) {
        public Request {
            sizes = List.copyOf(sizes);
            targets = List.copyOf(targets);
        }
    }

    /** In pixels. */
    record Size(int width, int height) {}

    /** What is in the file. */
    record Summary(int graphs, int programs, long bytes) {}

    /**
     * Writes the package. Polls {@code cancellation}.
     *
     * @throws java.util.concurrent.CancellationException when a stop is requested
     */
    Summary write(Request request, Progress progress, Cancellation cancellation);
}
