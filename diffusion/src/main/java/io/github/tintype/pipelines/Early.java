package io.github.tintype.pipelines;

import io.github.tintype.trace.SdpaKernel;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Loads programs on a thread of its own while their owner does something else that they don't need: planning takes one thread, as long for a small picture as encoding its prompts. What
 * fails fails again where the program is called, and is heard there.
 */
final class Early implements AutoCloseable {
    private final CompletableFuture<Void> loading;

    private Early(CompletableFuture<Void> loading) {
        this.loading = loading;
    }

    /** Starts {@code loads}, one after the other, under the caller's choice of attention. */
    static Early of(List<Runnable> loads) {
        if (loads.isEmpty()) {
            return new Early(CompletableFuture.completedFuture(null));
        }
        SdpaKernel attention = SdpaKernel.with(SdpaKernel.current());
        Thread.Builder thread = Thread.ofPlatform().daemon().name("tintype-early");
        return new Early(
                CompletableFuture.runAsync(() -> attention.run(() -> loads.forEach(Runnable::run)), thread::start));
    }

    /** Waits for the end of it. */
    @Override
    public void close() {
        loading.handle((_, _) -> true).join();
    }
}
