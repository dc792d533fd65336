package io.github.tintype.runtime;

import io.github.tintype.compile.Plan;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * A plan with the weights it reads. Runs lease it; {@link #close} waits for them.
 *
 * @see Executable
 */
final class Binding implements AutoCloseable {
    private final Plan plan;
    private final WeightCache cache;
    private final List<MemorySegment> weights;
    private final List<MemorySegment> constants;
    private final List<MemorySegment> scalars;
    private final ExecutablePool executables;
    private int leases;
    private boolean closed;

    /** @param beforeWeight see {@link WeightCache#acquire} */
    Binding(Plan plan, WeightCache cache, SlabPool slabs, SlabUse slabUse, IntConsumer beforeWeight) {
        this.plan = plan;
        this.cache = cache;
        this.weights = cache.acquire(plan.weights(), plan.slabBytes(), beforeWeight);
        this.constants = plan.constants().stream().map(Binding::nativeCopy).toList();
        this.scalars = plan.scalars().stream().map(Binding::number).toList();
        this.executables = new ExecutablePool(this, slabs, slabUse);
    }

    /* Kernels want native, aligned memory that nobody else changes. */
    static MemorySegment nativeCopy(HostTensor tensor) {
        HostTensor copy = HostTensor.allocate(tensor.type());
        MemorySegment.copy(tensor.data(), 0, copy.data(), 0, tensor.data().byteSize());
        return copy.data();
    }

    private static MemorySegment number(Plan.ScalarValue scalar) {
        HostTensor number = HostTensor.allocate(TensorType.of(scalar.dtype()));
        number.setDouble(0, scalar.value());
        return number.data();
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

    MemorySegment scalar(int index) {
        return scalars.get(index);
    }

    ExecutablePool executables() {
        return executables;
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
            executables.close();
            cache.release(plan.weights());
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
