package io.github.tintype.app;

import io.github.tintype.benchmark.Report;
import io.github.tintype.benchmark.Suite;
import io.github.tintype.runtime.Cancellation;

/** Measures: the seam between the command line and the models, so that the command line is tested without any. */
interface Benchmarker {
    /**
     * What to measure, checked.
     *
     * @param command as it was typed, for the report
     */
    record Request(Suite suite, int threads, String command) {}

    /**
     * Runs it. Polls {@code cancellation} between kernels.
     *
     * @throws java.util.concurrent.CancellationException when a stop is requested
     */
    Report run(Request request, Progress progress, Cancellation cancellation);
}
