package io.github.tintype.cpu;

import io.github.tintype.device.KernelArguments;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.BooleanSupplier;

/** What a kernel of floats is run with in tests. */
record FloatArguments(List<Floats> operands, Floats result, Floats working, BooleanSupplier cancelled)
        implements KernelArguments {
    FloatArguments(List<Floats> operands, Floats result, Floats working) {
        this(operands, result, working, () -> false);
    }

    @Override
    public MemorySegment input(int index) {
        return operands.get(index).view();
    }

    @Override
    public MemorySegment output() {
        return result.view();
    }

    @Override
    public MemorySegment scratch() {
        return working.view();
    }
}
