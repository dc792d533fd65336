package io.github.tintype.device;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * The memory of a kernel call outside of a plan, which nobody cancels.
 *
 * @param scratch at least as large as the {@link Lowering} asked for
 */
public record SegmentArguments(List<MemorySegment> inputs, MemorySegment output, MemorySegment scratch)
        implements KernelArguments {
    public SegmentArguments {
        inputs = List.copyOf(inputs);
    }

    /** For a kernel without scratch memory. */
    public SegmentArguments(List<MemorySegment> inputs, MemorySegment output) {
        this(inputs, output, MemorySegment.NULL);
    }

    @Override
    public MemorySegment input(int index) {
        return inputs.get(index);
    }

    @Override
    public BooleanSupplier cancelled() {
        return () -> false;
    }
}
