package io.github.tintype.runtime;

import io.github.tintype.device.NativeMemory;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Cleaner;

/** A computed tensor, dense and row-major. Its memory goes back when nothing refers to it any more. */
final class DeviceBuffer implements LeafOp.Buffer {
    private final TensorType type;
    private final NativeMemory.Block block;

    DeviceBuffer(TensorType type, NativeMemory.Block block, Cleaner cleaner) {
        this.type = type;
        this.block = block;
        cleaner.register(this, block::close);
    }

    @Override
    public TensorType type() {
        return type;
    }

    MemorySegment segment() {
        return block.segment();
    }

    /** Gives the memory back now. Nothing may use this any more. */
    void free() {
        block.close();
    }
}
