package io.github.tintype.cpu;

import java.lang.foreign.MemorySegment;
import java.util.function.BooleanSupplier;

/** Copies what lies in one piece at both ends, by the JVM: the library's copy takes longer, and a primitive has to be made for it. */
final class BlockCopy {
    /* Large against what it costs to wake a thread. */
    private static final long SLICE_BYTES = 1 << 20;

    private final Cpu cpu;
    private final long bytes;
    private final Split parts;
    private final WorkerPool.KernelBody body = this::slice;

    BlockCopy(Cpu cpu, long bytes) {
        this.cpu = cpu;
        this.bytes = bytes;
        parts = Split.of(bytes, bytes / SLICE_BYTES, 64);
    }

    /** Whether all was copied, as {@link WorkerPool#parallelFor(int, WorkerPool.KernelBody, BooleanSupplier, long, long, long, long, long)}. */
    boolean run(BooleanSupplier cancelled, long src, long dst) {
        if (parts.parts() == 1) {
            MemorySegment.copy(Native.MEMORY, src, Native.MEMORY, dst, bytes);
            return true;
        }
        return cpu.pool().parallelFor(parts.parts(), body, cancelled, src, dst, 0, 0, 0);
    }

    private void slice(int part, WorkerPool.Worker worker, long src, long dst, long c, long d, long e) {
        long start = parts.start(part);
        MemorySegment.copy(Native.MEMORY, src + start, Native.MEMORY, dst + start, parts.size(part));
    }
}
