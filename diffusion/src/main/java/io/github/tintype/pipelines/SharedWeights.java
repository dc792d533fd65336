package io.github.tintype.pipelines;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** One holder's claim on open weight files and the programs bound to them. They are closed, in order, with the last claim. */
final class SharedWeights implements AutoCloseable {
    private final List<? extends AutoCloseable> files;
    private final AtomicInteger claims;
    private final AtomicBoolean closed = new AtomicBoolean();

    private SharedWeights(List<? extends AutoCloseable> files, AtomicInteger claims) {
        this.files = files;
        this.claims = claims;
    }

    static SharedWeights of(List<? extends AutoCloseable> files) {
        return new SharedWeights(List.copyOf(files), new AtomicInteger(1));
    }

    /** A claim of a holder that has something of its own to close, before this one's. */
    SharedWeights derive(AutoCloseable own) {
        return of(List.of(own, share()));
    }

    /** A claim of another holder. */
    SharedWeights share() {
        if (closed.get() || claims.getAndUpdate(n -> n == 0 ? 0 : n + 1) == 0) {
            throw new IllegalStateException("pipeline: got a call after close, wanted an open one");
        }
        return new SharedWeights(files, claims);
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true) && claims.decrementAndGet() == 0) {
            files.forEach(SharedWeights::close);
        }
    }

    private static void close(AutoCloseable file) {
        try {
            file.close();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException("pipeline: weights can't be closed: " + e.getMessage(), e);
        }
    }
}
