package io.github.tintype.runtime;

import java.util.Optional;
import jdk.jfr.FlightRecorder;

/**
 * Asks whether Java Flight Recorder runs before a class of events is touched: loading the first one costs a process 60 ms (JDK 25), a
 * twentieth of what it takes from the shell to a small picture.
 */
final class FlightEvents {
    /* Loaded by whoever gets past the question. */
    private static final class Kernels {
        private static final KernelEvent PROBE = new KernelEvent();
    }

    private FlightEvents() {}

    /** Whether anyone records kernels. */
    static boolean wantsKernels() {
        return FlightRecorder.isInitialized() && Kernels.PROBE.isEnabled();
    }

    /** An event that has begun, if there is a recorder. */
    static Optional<PlanEvent> beginPlan() {
        if (!FlightRecorder.isInitialized()) {
            return Optional.empty();
        }
        PlanEvent event = new PlanEvent();
        event.begin();
        return Optional.of(event);
    }
}
