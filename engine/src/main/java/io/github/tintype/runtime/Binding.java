package io.github.tintype.runtime;

import io.github.tintype.compile.Plan;
import io.github.tintype.tensor.HostTensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A plan with the weights it reads. Runs lease it; {@link #close} waits for them.
 *
 * @see Executor
 */
final class Binding implements AutoCloseable {
    private final Plan plan;
    private final WeightCache cache;
    private final List<MemorySegment> weights;
    private final List<MemorySegment> constants;
    private int leases;
    private boolean closed;

    Binding(Plan plan, WeightCache cache, Cancellation cancellation) {
        this.plan = plan;
        this.cache = cache;
        this.weights = cache.acquire(plan.weights(), Executor.slabBytes(plan), cancellation);
        this.constants = plan.constants().stream().map(Binding::nativeCopy).toList();
    }

    /* Kernels want native, aligned memory that nobody else changes. */
    static MemorySegment nativeCopy(HostTensor tensor) {
        HostTensor copy = HostTensor.allocate(tensor.type());
        MemorySegment.copy(tensor.data(), 0, copy.data(), 0, tensor.data().byteSize());
        return copy.data();
    }

    Plan plan() {
        return plan;
    }

    MemorySegment weight(int index) {
        return weights.get(index);
    }

    MemorySegment constant(int index) {
        return constants.get(index);
    }

    synchronized void lease() {
        if (closed) {
            throw new IllegalStateException("the program is closed");
        }
        leases++;
    }

    synchronized void endLease() {
        leases--;
        notifyAll();
    }

    @Override
    public synchronized void close() {
        boolean interrupted = false;
        while (leases > 0) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (!closed) {
            closed = true;
            cache.release(plan.weights());
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
