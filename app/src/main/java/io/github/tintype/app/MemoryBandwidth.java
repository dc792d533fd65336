package io.github.tintype.app;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** How fast this machine copies memory: what a kernel that only moves data can reach. */
final class MemoryBandwidth {
    /* Larger than the caches of most processors; several rounds, since the first finds pages missing. */
    private static final long BYTES_PER_THREAD = 64L << 20;
    private static final int ROUNDS = 5;

    private MemoryBandwidth() {}

    /** Bytes read and written a second by so many threads at once, the best of a few rounds. Takes about a tenth of a second. */
    static double measure(int threads) {
        try (Arena arena = Arena.ofShared();
                ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            List<MemorySegment> from = new ArrayList<>();
            List<MemorySegment> to = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                from.add(arena.allocate(BYTES_PER_THREAD, 64));
                to.add(arena.allocate(BYTES_PER_THREAD, 64));
            }
            double best = 0;
            for (int round = 0; round < ROUNDS; round++) {
                long start = System.nanoTime();
                List<Future<?>> copies = new ArrayList<>();
                for (int i = 0; i < threads; i++) {
                    MemorySegment source = from.get(i);
                    MemorySegment target = to.get(i);
                    copies.add(pool.submit(() -> target.copyFrom(source)));
                }
                for (Future<?> copy : copies) {
                    copy.get();
                }
                best = Math.max(best, 2.0 * threads * BYTES_PER_THREAD / (System.nanoTime() - start) * 1e9);
            }
            return best;
        } catch (ExecutionException e) {
            throw new IllegalStateException("copying memory throws nothing", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while measuring memory", e);
        }
    }
}
