package io.github.tintype.benchmark;

import java.util.concurrent.atomic.AtomicBoolean;

/** The most resident memory while it is open, looked at a hundred times a second: the system keeps a peak, but of mapped files together with the rest. */
final class ResidenceWatch implements AutoCloseable {
    private static final int MILLIS = 10;

    private final AtomicBoolean closed = new AtomicBoolean();
    private final Thread thread = Thread.ofPlatform().daemon().name("residence").unstarted(this::watch);
    private Residence most = Residence.now();

    private ResidenceWatch() {}

    static ResidenceWatch start() {
        ResidenceWatch watch = new ResidenceWatch();
        watch.thread.start();
        return watch;
    }

    private void watch() {
        while (!closed.get()) {
            look();
            try {
                Thread.sleep(MILLIS);
            } catch (InterruptedException e) {
                return; // closed
            }
        }
    }

    private synchronized void look() {
        Residence now = Residence.now();
        most = new Residence(
                Math.max(most.anonymous(), now.anonymous()), Math.max(most.files(), now.files()), now.peak());
    }

    /** Each of its numbers at its own largest so far. */
    synchronized Residence most() {
        look();
        return most;
    }

    @Override
    public void close() {
        closed.set(true);
        thread.interrupt();
    }
}
