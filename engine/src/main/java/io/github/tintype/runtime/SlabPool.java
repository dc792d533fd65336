package io.github.tintype.runtime;

import io.github.tintype.device.NativeMemory;
import io.github.tintype.tensor.DeviceException;
import java.util.ArrayList;
import java.util.List;

/** Slabs between runs: the next run of the same plan takes the one that the last gave back, unzeroed. */
final class SlabPool implements AutoCloseable {
    private final NativeMemory memory;
    private final Runnable giveBackIdle;
    private final List<NativeMemory.Block> idle = new ArrayList<>();

    /** @param giveBackIdle gives back what is idle, of this pool too, when room is missing */
    SlabPool(NativeMemory memory, Runnable giveBackIdle) {
        this.memory = memory;
        this.giveBackIdle = giveBackIdle;
    }

    NativeMemory.Block take(long bytes, String what) {
        synchronized (this) {
            for (int i = 0; i < idle.size(); i++) { // an iterator would be an object for each run
                NativeMemory.Block block = idle.get(i);
                long size = block.segment().byteSize();
                if (size >= bytes && size <= 2 * bytes + (1 << 20)) {
                    idle.remove(i);
                    return block;
                }
            }
        }
        try {
            return memory.allocate(bytes, what);
        } catch (DeviceException e) {
            giveBackIdle.run(); // idle slabs of other sizes may be what is missing
            return memory.allocate(bytes, what);
        }
    }

    /* The working set of a pipeline: text encoders, denoiser, decoder and a few steps of a scheduler. */
    private static final int MOST_IDLE = 8;

    synchronized void giveBack(NativeMemory.Block block) {
        idle.addFirst(block);
        if (idle.size() > MOST_IDLE) {
            idle.removeLast().close();
        }
    }

    @Override
    public synchronized void close() {
        idle.forEach(NativeMemory.Block::close);
        idle.clear();
    }
}
