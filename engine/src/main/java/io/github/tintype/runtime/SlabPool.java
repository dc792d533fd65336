package io.github.tintype.runtime;

import io.github.tintype.device.NativeMemory;
import io.github.tintype.tensor.DeviceException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;

/** Slabs between runs: the next run of the same plan takes the one that the last gave back, unzeroed. */
final class SlabPool implements AutoCloseable {
    private final NativeMemory memory;
    private final Deque<NativeMemory.Block> idle = new ArrayDeque<>();

    SlabPool(NativeMemory memory) {
        this.memory = memory;
    }

    NativeMemory.Block take(long bytes, String what) {
        synchronized (this) {
            for (Iterator<NativeMemory.Block> blocks = idle.iterator(); blocks.hasNext(); ) {
                NativeMemory.Block block = blocks.next();
                long size = block.segment().byteSize();
                if (size >= bytes && size <= 2 * bytes + (1 << 20)) {
                    blocks.remove();
                    return block;
                }
            }
        }
        try {
            return memory.allocate(bytes, what);
        } catch (DeviceException e) {
            close(); // idle slabs of other sizes may be what is missing
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
