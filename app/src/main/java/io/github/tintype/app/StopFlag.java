package io.github.tintype.app;

import java.util.ArrayList;
import java.util.List;

/** Raised once, by Ctrl-C; a generator polls it or is told. Safe for all threads. */
final class StopFlag {
    private final List<Runnable> listeners = new ArrayList<>();
    private boolean raised;

    synchronized boolean raised() {
        return raised;
    }

    /** Runs {@code listener} when the flag is raised, at once if it is already. */
    synchronized void onRaise(Runnable listener) {
        if (raised) {
            listener.run();
            return;
        }
        listeners.add(listener);
    }

    synchronized void raise() {
        if (!raised) {
            raised = true;
            listeners.forEach(Runnable::run);
        }
    }

    /** Throws {@link StoppedException} if the flag is up. */
    void check() {
        if (raised()) {
            throw new StoppedException();
        }
    }
}
