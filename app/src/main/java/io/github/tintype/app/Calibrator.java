package io.github.tintype.app;

import io.github.tintype.calibration.Calibrated;
import io.github.tintype.calibration.Calibration;
import io.github.tintype.runtime.Cancellation;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/** Calibrates models: the seam between the command line and the pipelines, so that the command line is tested without a model. */
@FunctionalInterface
interface Calibrator {
    /**
     * What to calibrate, checked.
     *
     * @param model folder in the diffusers layout
     * @param setup what is made of the model first; it quantises nothing
     * @param compilation of the pipelines that draw; otherwise they run as recorded
     * @param threads otherwise one for each core
     */
    record Request(
            Path model, ModelSetup setup, Calibration how, Optional<Compilation> compilation, OptionalInt threads) {}

    /** Finds the layers. Polls {@code cancellation} between kernels. @throws java.util.concurrent.CancellationException when a stop is requested */
    Calibrated run(Request request, Progress progress, Cancellation cancellation);
}
