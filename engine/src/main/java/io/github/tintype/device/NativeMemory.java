package io.github.tintype.device;

import io.github.tintype.tensor.DeviceException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counted and bounded memory outside of the heap: all that a device and the engine on it use for weights, intermediates, results and
 * the working memory of kernels. It comes from malloc because an {@link java.lang.foreign.Arena} writes zeros over
 * every page first, which costs seconds for a model's weights.
 */
@SuppressWarnings("restricted") // malloc and free are what this class is for
public final class NativeMemory {
    /** Alignment of every block, in bytes: a cache line, and the widest vector register. */
    public static final long ALIGNMENT = 64;

    /** {@code bytes} rounded up to whole {@link #ALIGNMENT}s. */
    public static long aligned(long bytes) {
        return Math.ceilDiv(bytes, ALIGNMENT) * ALIGNMENT;
    }

    private volatile long budget;
    private final AtomicLong used = new AtomicLong();
    private final AtomicLong peak = new AtomicLong();
    private final AtomicLong blocks = new AtomicLong();
    private final MethodHandle malloc;
    private final MethodHandle free;
    private final HugePages hugePages = new HugePages();

    /** Bounded by the machine alone until {@link #limit} is called. */
    public NativeMemory() {
        this.budget = Long.MAX_VALUE;
        Linker linker = Linker.nativeLinker();
        this.malloc = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("malloc"),
                FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_LONG));
        this.free = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("free"), FunctionDescriptor.ofVoid(ValueLayout.ADDRESS));
    }

    /** Memory that {@link #close} gives back, once. */
    public final class Block implements AutoCloseable {
        private final MemorySegment address;
        private final MemorySegment segment;
        private final long charged;
        private final AtomicBoolean closed = new AtomicBoolean();

        private Block(MemorySegment address, MemorySegment segment, long charged) {
            this.address = address;
            this.segment = segment;
            this.charged = charged;
        }

        /** The memory, aligned to 64 bytes, with unspecified contents. */
        public MemorySegment segment() {
            return segment;
        }

        @Override
        public void close() {
            if (closed.compareAndSet(false, true)) {
                invokeFree(address);
                used.addAndGet(-charged);
                blocks.decrementAndGet();
            }
        }
    }

    /**
     * @param what names the use in the error
     * @throws DeviceException if the budget or the machine has not that much
     */
    public Block allocate(long bytes, String what) {
        long charged = charged(bytes);
        long now = used.addAndGet(charged);
        if (now > budget) {
            used.addAndGet(-charged);
            throw tooMuch(bytes, what, now - charged);
        }
        MemorySegment address = invokeMalloc(charged);
        if (address.address() == 0) {
            used.addAndGet(-charged);
            throw new DeviceException(
                    DeviceException.Reason.MEMORY,
                    "memory: %s needs %s, the system has no more (%s in use)"
                            .formatted(what, text(bytes), text(now - charged)));
        }
        if (charged >= HugePages.LEAST) {
            hugePages.advise(address.address(), charged);
        }
        peak.accumulateAndGet(now, Math::max);
        blocks.incrementAndGet();
        long aligned = aligned(address.address());
        return new Block(address, MemorySegment.ofAddress(aligned).reinterpret(bytes), charged);
    }

    private static long charged(long bytes) {
        return Math.addExact(Math.max(bytes, 1), ALIGNMENT);
    }

    private DeviceException tooMuch(long bytes, String what, long inUse) {
        return new DeviceException(
                DeviceException.Reason.MEMORY,
                "memory: %s needs %s, %s of the budget of %s are in use: raise the budget or choose a smaller size"
                        .formatted(what, text(bytes), text(inUse), text(budget)));
    }

    /** Whether the budget has room for a block of so many bytes. */
    public boolean fits(long bytes) {
        return charged(bytes) <= budget - used.get();
    }

    /**
     * Fails as {@link #allocate} would, allocating nothing: for saying before a long preparation that it will not fit.
     *
     * @throws DeviceException if the budget has not that much
     */
    public void require(long bytes, String what) {
        if (!fits(bytes)) {
            throw tooMuch(bytes, what, used.get());
        }
    }

    private MemorySegment invokeMalloc(long bytes) {
        try {
            return (MemorySegment) malloc.invokeExact(bytes);
        } catch (Throwable e) {
            throw new IllegalStateException("malloc can't fail so", e);
        }
    }

    private void invokeFree(MemorySegment address) {
        try {
            free.invokeExact(address);
        } catch (Throwable e) {
            throw new IllegalStateException("free can't fail so", e);
        }
    }

    /** Bytes in use. */
    public long used() {
        return used.get();
    }

    /** Most bytes that were in use at once. */
    public long peak() {
        return peak.get();
    }

    /** Blocks not closed yet. */
    public long blocks() {
        return blocks.get();
    }

    /** Most bytes that may be in use at once. */
    public long budget() {
        return budget;
    }

    /** Sets the budget. What is in use stays, even if that is more. */
    public void limit(long bytes) {
        budget = bytes;
    }

    /** A size for people: {@code 4.2 GiB}. */
    public static String text(long bytes) {
        if (bytes < 1 << 20) {
            return "%d bytes".formatted(bytes);
        }
        return bytes < 1 << 30 ? "%.1f MiB".formatted(bytes / 0x1p20) : "%.2f GiB".formatted(bytes / 0x1p30);
    }
}
