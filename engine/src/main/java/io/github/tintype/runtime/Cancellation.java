package io.github.tintype.runtime;

import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicBoolean;

/** A request to stop, polled between kernels and inside long ones. */
public final class Cancellation {
    private final AtomicBoolean requested = new AtomicBoolean();

    /** Asks to stop. May be called from any thread, more than once. */
    public void cancel() {
        requested.set(true);
    }

    public boolean requested() {
        return requested.get();
    }

    /** @throws CancellationException if a stop has been requested */
    public void check() {
        if (requested()) {
            throw new CancellationException("cancelled");
        }
    }
}
