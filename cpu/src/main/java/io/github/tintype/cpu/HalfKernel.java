package io.github.tintype.cpu;

import io.github.tintype.device.Kernel;
import io.github.tintype.device.KernelArguments;
import io.github.tintype.device.Lowering;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** An f32 kernel between operands and a result of 16 bits: see {@link HalfSupport}. */
final class HalfKernel implements Kernel {
    /** An operand in f32 at {@code offset} of the scratch memory, and what makes it or stores it. */
    record Widened(Conversion conversion, long offset, long bytes) {
        boolean widen(long from, long scratch, BooleanSupplier cancelled) {
            return conversion.run(from, scratch + offset, cancelled);
        }
    }

    private final Lowering kernel;
    private final List<Optional<Widened>> operands;
    private final Widened result;

    /** @param operands of each input, empty for one that the kernel takes as it is */
    HalfKernel(Lowering kernel, List<Optional<Widened>> operands, Widened result) {
        this.kernel = kernel;
        this.operands = List.copyOf(operands);
        this.result = result;
    }

    @Override
    public void run(KernelArguments arguments) {
        long scratch = arguments.scratchAddress();
        BooleanSupplier cancelled = arguments.cancelled();
        for (int i = 0; i < operands.size(); i++) {
            Optional<Widened> operand = operands.get(i);
            if (operand.isPresent() && !operand.get().widen(arguments.inputAddress(i), scratch, cancelled)) {
                return;
            }
        }
        kernel.kernel().run(new Wide(arguments, scratch));
        result.conversion().run(scratch + result.offset(), arguments.outputAddress(), cancelled);
    }

    @Override
    public List<Listing> listings() {
        return kernel.kernel().listings();
    }

    /* What the f32 kernel sees: all of it is in the scratch memory, its own first. */
    private final class Wide implements KernelArguments {
        private final KernelArguments narrow;
        private final long scratch;

        Wide(KernelArguments narrow, long scratch) {
            this.narrow = narrow;
            this.scratch = scratch;
        }

        private MemorySegment view(Widened operand) {
            return Native.view(scratch + operand.offset(), operand.bytes());
        }

        @Override
        public MemorySegment input(int index) {
            return operands.get(index).map(this::view).orElseGet(() -> narrow.input(index));
        }

        @Override
        public MemorySegment output() {
            return view(result);
        }

        @Override
        public MemorySegment scratch() {
            return Native.view(scratch, kernel.scratchBytes());
        }

        @Override
        public long inputAddress(int index) {
            Optional<Widened> operand = operands.get(index);
            return operand.isPresent() ? scratch + operand.get().offset() : narrow.inputAddress(index);
        }

        @Override
        public long outputAddress() {
            return scratch + result.offset();
        }

        @Override
        public long scratchAddress() {
            return scratch;
        }

        @Override
        public BooleanSupplier cancelled() {
            return narrow.cancelled();
        }
    }
}
