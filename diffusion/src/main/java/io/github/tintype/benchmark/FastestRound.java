package io.github.tintype.benchmark;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;

/** Times of the same work on several threads at once. The least of them is what a machine can do; only for its peaks, never for programs. */
final class FastestRound {
    private FastestRound() {}

    /**
     * Seconds of the fastest of {@code rounds}, each from the first start to the last end.
     *
     * @param work of each thread, by its number
     */
    static double seconds(int threads, int rounds, IntFunction<Runnable> work) {
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            double best = Double.POSITIVE_INFINITY;
            for (int round = 0; round < rounds; round++) {
                long start = System.nanoTime();
                List<Future<?>> parts = new ArrayList<>();
                for (int i = 0; i < threads; i++) {
                    parts.add(pool.submit(work.apply(i)));
                }
                for (Future<?> part : parts) {
                    part.get();
                }
                best = Math.min(best, (System.nanoTime() - start) * 1e-9);
            }
            return best;
        } catch (ExecutionException e) {
            throw new IllegalStateException("measuring the machine throws nothing", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while measuring the machine", e);
        }
    }
}
