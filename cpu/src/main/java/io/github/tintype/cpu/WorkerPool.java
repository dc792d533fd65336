package io.github.tintype.cpu;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * A fixed number of platform threads that run the slices of one kernel at a time; the calling thread is one of them.
 *
 * <p>Kernels of several callers take turns, so that together they never use more threads than the pool has. A worker that runs out
 * of slices spins for some microseconds, because the next kernel of a plan usually follows at once, and then parks. A body must not
 * call the pool again.
 */
final class WorkerPool implements AutoCloseable {
    /* About 20 µs: longer than the gap between two kernels of a plan, shorter than a time slice that someone else could use. */
    private static final int SPINS = 2000;

    /** Addresses that a kernel may hand to its slices. */
    static final int MOST_ADDRESSES = 6;

    /** What a kernel does for one of its slices. */
    @FunctionalInterface
    interface SliceBody {
        void run(int slice, Worker worker);
    }

    /** The thread's share of a kernel's state: at any time only one thread uses the worker of an index. */
    static final class Worker {
        private final int index;
        private final Job job;
        private final long[][] arrays = new long[MOST_ADDRESSES + 1][];
        private long address;
        private long size;

        private Worker(int index, Job job) {
            this.index = index;
            this.job = job;
            for (int i = 0; i < arrays.length; i++) {
                arrays[i] = new long[i];
            }
        }

        /** An address that the kernel gave to {@link WorkerPool#parallelFor}. */
        long address(int which) {
            return job.addresses[which];
        }

        /** An array for {@code count} addresses of this slice, used again by the next: with what is left in it. */
        long[] array(int count) {
            return arrays[count];
        }

        /** From 0 to the number of threads − 1. */
        int index() {
            return index;
        }

        /** The address of at least {@code bytes} bytes that keep nothing beyond this slice. */
        long scratch(long bytes) {
            if (bytes > size) {
                NativeMemory.free(address);
                address = 0;
                size = 0;
                address = NativeMemory.allocate(bytes);
                size = bytes;
            }
            return address;
        }
    }

    /*
     * What the threads work on: one object for all kernels, so that running one makes none. A thread may come late, when the next
     * kernel's job is being written; so slices are drawn from one number that also counts the jobs, and only who has drawn a slice
     * reads the other fields: they stand still until that slice is done.
     */
    private static final class Job {
        final long[] addresses = new long[MOST_ADDRESSES];
        final AtomicInteger done = new AtomicInteger();
        final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
        /* Number of the job in the high half, slices not yet drawn in the low half. */
        private final AtomicLong drawing = new AtomicLong();
        int slices;
        SliceBody body = (slice, worker) -> {};
        BooleanSupplier cancelled = () -> false;
        Thread caller = Thread.currentThread();
        volatile boolean skipped;

        void begin(int count, SliceBody what, BooleanSupplier stop) {
            slices = count;
            body = what;
            cancelled = stop;
            caller = Thread.currentThread();
            skipped = false;
            failures.clear();
            done.set(0);
            drawing.set(((drawing.get() >>> 32) + 1) << 32 | count);
        }

        boolean hasSlices() {
            return (int) drawing.get() > 0;
        }

        void work(Worker worker) {
            for (long seen = drawing.get(); (int) seen > 0; seen = drawing.get()) {
                if (!drawing.compareAndSet(seen, seen - 1)) {
                    continue;
                }
                int count = slices;
                Thread waiting = caller;
                try {
                    runOrSkip(count - (int) seen, worker);
                } catch (Throwable e) {
                    failures.add(e);
                }
                if (done.incrementAndGet() == count && Thread.currentThread() != waiting) {
                    LockSupport.unpark(waiting);
                }
            }
        }

        private void runOrSkip(int slice, Worker worker) {
            if (!failures.isEmpty()) {
                return;
            }
            if (skipped || cancelled.getAsBoolean()) {
                skipped = true;
                return;
            }
            body.run(slice, worker);
        }
    }

    private final ReentrantLock turn = new ReentrantLock(true);
    private final List<Worker> workers = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final Runnable prepareThread;
    private final Job job = new Job();
    private volatile boolean closed;

    /** @param prepareThread run by each thread before its first slice of a job, e.g. to set thread-local state of a library */
    WorkerPool(int size, Runnable prepareThread) {
        if (size < 1 || size > Primitive.MOST_WORKERS) {
            throw new IllegalArgumentException(
                    "threads: got %d, wanted 1 to %d".formatted(size, Primitive.MOST_WORKERS));
        }
        this.prepareThread = prepareThread;
        for (int i = 0; i < size; i++) {
            Worker worker = new Worker(i, job);
            workers.add(worker);
            if (i > 0) {
                threads.add(
                        Thread.ofPlatform().daemon().name("tintype-cpu-" + i).unstarted(() -> serve(worker)));
            }
        }
        threads.forEach(Thread::start);
    }

    /** Number of threads, the caller's included. */
    int size() {
        return workers.size();
    }

    /**
     * Runs {@code body} once for each slice from 0 to {@code slices} − 1, in no order, and returns when all are done. What the bodies
     * wrote is visible afterwards. If one throws, the slices not yet begun are skipped and the first exception is thrown again.
     *
     * @param cancelled polled before each slice; once true the slices not yet begun are skipped
     * @return whether all slices ran
     */
    boolean parallelFor(int slices, SliceBody body, BooleanSupplier cancelled) {
        return parallelFor(slices, body, cancelled, 0, 0, 0, 0, 0, 0);
    }

    /**
     * The same with addresses for the body, which asks its worker for them: a body that captures nothing is made once for all runs of its
     * kernel.
     */
    boolean parallelFor(
            int slices,
            SliceBody body,
            BooleanSupplier cancelled,
            long address0,
            long address1,
            long address2,
            long address3,
            long address4,
            long address5) {
        turn.lock();
        try {
            if (closed) {
                throw new IllegalStateException("worker pool: got a kernel after close, wanted an open pool");
            }
            prepareThread.run(); // cheap, and the caller may be another thread each time
            long[] addresses = job.addresses;
            addresses[0] = address0;
            addresses[1] = address1;
            addresses[2] = address2;
            addresses[3] = address3;
            addresses[4] = address4;
            addresses[5] = address5;
            job.begin(slices, body, cancelled);
            int helpers = Math.min(threads.size(), slices - 1);
            for (int i = 0; i < helpers; i++) {
                LockSupport.unpark(threads.get(i));
            }
            job.work(workers.getFirst());
            await(job, slices);
            if (!job.failures.isEmpty()) {
                job.failures.stream().findFirst().ifPresent(WorkerPool::rethrow);
            }
            return !job.skipped;
        } finally {
            turn.unlock();
        }
    }

    private static void await(Job job, int slices) {
        for (int spin = 0; job.done.get() < slices; spin++) {
            if (spin < SPINS) {
                Thread.onSpinWait();
            } else {
                LockSupport.park(job);
            }
        }
    }

    private static void rethrow(Throwable failure) {
        switch (failure) {
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new IllegalStateException(failure);
        }
    }

    private void serve(Worker worker) {
        prepareThread.run();
        while (!closed) {
            job.work(worker);
            awaitSlices();
        }
    }

    private void awaitSlices() {
        for (int spin = 0; !job.hasSlices() && !closed; spin++) {
            if (spin < SPINS) {
                Thread.onSpinWait();
            } else {
                LockSupport.park(this);
            }
        }
    }

    /** Waits for the kernel that is running and ends the threads; idempotent. */
    @Override
    public void close() {
        turn.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            threads.forEach(LockSupport::unpark);
            for (Thread thread : threads) {
                joinUninterruptibly(thread);
            }
            for (Worker worker : workers) {
                NativeMemory.free(worker.address);
                worker.address = 0;
                worker.size = 0;
            }
        } finally {
            turn.unlock();
        }
    }

    private static void joinUninterruptibly(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
