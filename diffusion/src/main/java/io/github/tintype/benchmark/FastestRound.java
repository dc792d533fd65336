package io.github.tintype.benchmark;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;

/**
 * Times of the same work on several threads at once. The least of them is what a machine can do; only for its peaks, never for programs. Rounds of a few
 * milliseconds, many of them: on a machine that others use, too, one of those finds all processors free, a longer one may never.
 */
final class FastestRound {
    private static final int LEAST_ROUNDS = 5;

    private FastestRound() {}

    /**
     * Seconds of the fastest round, from the first start to the last end, of all that fit into {@code duration} seconds.
     *
     * @param work of each thread, by its number
     */
    static double seconds(int threads, double duration, IntFunction<Runnable> work) {
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            double best = Double.POSITIVE_INFINITY;
            long begin = System.nanoTime();
            for (int round = 0; round < LEAST_ROUNDS || (System.nanoTime() - begin) * 1e-9 < duration; round++) {
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
