package io.github.tintype.app;

import io.github.tintype.runtime.Engine;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/**
 * An engine that opens on a thread of its own while its owner reads a model: checking and loading native libraries takes as long as that. It belongs to the owner
 * from the start: {@link #close} waits for it and closes it, asked for or not.
 */
final class OpeningEngine implements Supplier<Engine>, AutoCloseable {
    private final CompletableFuture<Engine> engine;

    private OpeningEngine(CompletableFuture<Engine> engine) {
        this.engine = engine;
    }

    /** @param open makes the engine, or throws and leaves nothing open */
    static OpeningEngine of(Supplier<Engine> open) {
        Thread.Builder thread = Thread.ofPlatform().daemon().name("tintype-open");
        return new OpeningEngine(CompletableFuture.supplyAsync(open, thread::start));
    }

    /** The engine, when it is open. Throws what opening it threw. */
    @Override
    public Engine get() {
        try {
            return engine.join();
        } catch (CompletionException e) {
            switch (e.getCause()) {
                case RuntimeException thrown -> throw thrown;
                case Error thrown -> throw thrown;
                case null, default -> throw e;
            }
        }
    }

    @Override
    public void close() {
        boolean opened = engine.handle((_, failure) -> failure == null).join();
        if (opened) {
            engine.join().close();
        }
    }
}
