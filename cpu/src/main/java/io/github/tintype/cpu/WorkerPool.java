package io.github.tintype.cpu;

import io.github.tintype.device.NativeMemory;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HalfConverter;
import io.github.tintype.tensor.HostTensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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

    /** What a kernel does for one of its slices. */
    @FunctionalInterface
    interface SliceBody {
        void run(int slice, Worker worker);
    }

    /** As {@link SliceBody}, for a body that is made once and run often: what changes from call to call are the words a to e. */
    @FunctionalInterface
    interface KernelBody {
        void run(int slice, Worker worker, long a, long b, long c, long d, long e);
    }

    /** The thread's share of a kernel's state: at any time only one thread uses the worker of an index. */
    static final class Worker {
        private final int index;
        private final NativeMemory memory;
        private final HalfConverter halves = new HalfConverter();
        private final QuantizedRows rows = new QuantizedRows(halves);
        private final float[] floats = new float[2048];
        private Optional<NativeMemory.Block> scratch = Optional.empty();

        private Worker(int index, NativeMemory memory) {
            this.index = index;
            this.memory = memory;
        }

        /** From 0 to the number of threads − 1. */
        int index() {
            return index;
        }

        /** For conversions of 16-bit floats. */
        HalfConverter halves() {
            return halves;
        }

        /** As {@link HostTensor#convert}, without arrays of its own where these will do. */
        void convert(MemorySegment from, DType fromType, MemorySegment to, DType toType, long count) {
            if (HalfConverter.handles(fromType) && HalfConverter.handles(toType)) {
                halves.convert(from, 0, fromType, to, 0, toType, count);
            } else {
                HostTensor.convert(from, fromType, to, toType, count);
            }
        }

        /** For loops over memory, which the JVM's compilers are slow at: they copy from and to this, which stays in a first-level cache. */
        float[] floats() {
            return floats;
        }

        /** For rows of few bits. */
        QuantizedRows rows() {
            return rows;
        }

        /** The address of at least {@code bytes} bytes that keep nothing beyond this slice. */
        long scratch(long bytes) {
            if (scratch.isEmpty() || bytes > scratch.get().segment().byteSize()) {
                release();
                scratch = Optional.of(memory.allocate(bytes, "the work of a thread"));
            }
            return scratch.get().segment().address();
        }

        private void release() {
            scratch.ifPresent(NativeMemory.Block::close);
            scratch = Optional.empty();
        }
    }

    private final ReentrantLock turn = new ReentrantLock(true);
    private final List<Worker> workers = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final Runnable prepareThread;
    private final Job job = new Job();
    private volatile boolean closed;

    /**
     * @param memory where the threads' working memory comes from
     * @param prepareThread run by each thread before its first slice of a job, e.g. to set thread-local state of a library
     */
    WorkerPool(int size, NativeMemory memory, Runnable prepareThread) {
        if (size < 1 || size > Primitive.MOST_WORKERS) {
            throw new IllegalArgumentException(
                    "threads: got %d, wanted 1 to %d".formatted(size, Primitive.MOST_WORKERS));
        }
        this.prepareThread = prepareThread;
        for (int i = 0; i < size; i++) {
            Worker worker = new Worker(i, memory);
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
        return parallelFor(slices, (slice, worker, a, b, c, d, e) -> body.run(slice, worker), cancelled, 0, 0, 0, 0, 0);
    }

    /** As {@link #parallelFor(int, SliceBody, BooleanSupplier)}, without allocating: the body gets the words a to e. */
    boolean parallelFor(
            int slices, KernelBody body, BooleanSupplier cancelled, long a, long b, long c, long d, long e) {
        turn.lock();
        try {
            if (closed) {
                throw new IllegalStateException("worker pool: got a kernel after close, wanted an open pool");
            }
            prepareThread.run(); // cheap, and the caller may be another thread each time
            job.start(slices, body, cancelled, a, b, c, d, e);
            for (int i = 0; i < Math.min(threads.size(), slices - 1); i++) {
                LockSupport.unpark(threads.get(i));
            }
            job.work(workers.getFirst());
            await();
            job.failure().ifPresent(WorkerPool::rethrow);
            return !job.wasSkipped();
        } finally {
            turn.unlock();
        }
    }

    private void await() {
        for (int spin = 0; !job.isDone(); spin++) {
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
            awaitNext();
        }
    }

    private void awaitNext() {
        for (int spin = 0; !job.isWaiting() && !closed; spin++) {
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
            workers.forEach(Worker::release);
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
