package io.github.tintype.app;

import io.github.tintype.quantization.QuantizationReport;
import io.github.tintype.runtime.Cancellation;
import java.nio.file.Path;
import java.util.Map;

/** Quantises models: the seam between the command line and the pipelines, so that the command line is tested without a model. */
@FunctionalInterface
interface ModelQuantizer {
    /**
     * What to quantise, checked.
     *
     * @param model folder in the diffusers layout
     * @param output folder that isn't there yet
     */
    record Request(Path model, Path output, QuantizedComponents what) {}

    /** Writes the quantised model, and tells what became of the layers, by component. */
    Map<String, QuantizationReport> write(Request request, Progress progress, Cancellation cancellation);
}
