package io.github.tintype.runtime;

import io.github.tintype.device.NativeMemory;
import java.util.ArrayDeque;
import java.util.Deque;

/** The executables of one binding: as many as there were runs at once. */
final class ExecutablePool implements AutoCloseable {
    private final Binding binding;
    private final SlabPool slabs;
    private final SlabUse use;
    private final Deque<Executable> idle = new ArrayDeque<>();

    ExecutablePool(Binding binding, SlabPool slabs, SlabUse use) {
        this.binding = binding;
        this.slabs = slabs;
        this.use = use;
    }

    /**
     * One with a slab, for one run.
     *
     * @param what names the use of the memory in an error
     */
    Executable take(String what) {
        long bytes = binding.plan().slabBytes();
        Executable executable;
        synchronized (this) {
            executable = idle.pollFirst();
        }
        if (executable == null) {
            return new Executable(binding, slabs.take(bytes, what));
        }
        if (!executable.hasSlab()) {
            executable.attach(slabs.take(bytes, what));
        }
        return executable;
    }

    void giveBack(Executable executable) {
        if (use == SlabUse.SHARED) {
            slabs.giveBack(executable.detach());
        }
        synchronized (this) {
            idle.addFirst(executable);
        }
    }

    /** Frees the slabs that are kept. No run is going on or will begin. */
    @Override
    public synchronized void close() {
        idle.stream().filter(Executable::hasSlab).map(Executable::detach).forEach(NativeMemory.Block::close);
        idle.clear();
    }
}
