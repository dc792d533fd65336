package io.github.tintype.cpu;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * The slices of one kernel after another, handed out to threads. One object for the life of a pool: starting a kernel allocates nothing.
 *
 * <p>The ticket holds the kernel's number and how many of its slices nobody has taken. A thread takes one by a compare-and-set, which
 * succeeds only while that kernel still waits for a slice; so what the thread then reads belongs to it. The fields are written only when
 * all slices of the kernel before are done, its ticket being empty.
 */
final class Job {
    private static final long COUNT = 0xffff_ffffL;

    private final AtomicLong ticket = new AtomicLong();
    private final AtomicInteger unfinished = new AtomicInteger();
    private final AtomicReference<Optional<Throwable>> failure = new AtomicReference<>(Optional.empty());
    private volatile boolean skipped;
    private int slices;
    private WorkerPool.KernelBody body = (slice, worker, a, b, c, d, e) -> {};
    private BooleanSupplier cancelled = () -> false;
    private Thread caller = Thread.currentThread();
    private long a;
    private long b;
    private long c;
    private long d;
    private long e;

    /** Offers the slices of a kernel. The one before must be {@link #isDone}. */
    void start(
            int count,
            WorkerPool.KernelBody kernel,
            BooleanSupplier stop,
            long first,
            long second,
            long third,
            long fourth,
            long fifth) {
        slices = count;
        body = kernel;
        cancelled = stop;
        caller = Thread.currentThread();
        a = first;
        b = second;
        c = third;
        d = fourth;
        e = fifth;
        skipped = false;
        failure.set(Optional.empty());
        unfinished.set(count);
        ticket.set((((ticket.get() >>> 32) + 1) << 32) | count);
    }

    /** Whether there are slices that nobody has taken. */
    boolean isWaiting() {
        return (ticket.get() & COUNT) != 0;
    }

    /** Whether all slices have been run or skipped. */
    boolean isDone() {
        return unfinished.get() == 0;
    }

    /** Takes slices and runs them until all are taken. */
    void work(WorkerPool.Worker worker) {
        for (long seen = ticket.get(); (seen & COUNT) != 0; seen = ticket.get()) {
            if (ticket.compareAndSet(seen, seen - 1)) {
                runOrSkip(slices - (int) (seen & COUNT), worker);
                finish();
            }
        }
    }

    private void runOrSkip(int slice, WorkerPool.Worker worker) {
        try {
            if (skipped || failure.get().isPresent()) {
                return;
            }
            if (cancelled.getAsBoolean()) {
                skipped = true;
                return;
            }
            body.run(slice, worker, a, b, c, d, e);
        } catch (Throwable thrown) {
            Optional<Throwable> before = failure.get();
            if (before.isEmpty()) {
                failure.compareAndSet(before, Optional.of(thrown));
            }
        }
    }

    private void finish() {
        Thread waiting = caller; // when the last slice is done the field may change
        if (unfinished.decrementAndGet() == 0 && waiting != Thread.currentThread()) {
            LockSupport.unpark(waiting);
        }
    }

    /** What the first slice that failed has thrown. */
    Optional<Throwable> failure() {
        return failure.get();
    }

    /** Whether cancellation has kept slices from running. */
    boolean wasSkipped() {
        return skipped;
    }
}
