package io.github.tintype.loop.lower;

import io.github.tintype.device.KernelArguments;
import io.github.tintype.loop.Argument;
import io.github.tintype.loop.Memory;
import io.github.tintype.loop.Program;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * A program and what one shape's run hands to it. Plans of many shapes share one program: equal programs have equal code.
 *
 * @param program what is compiled
 * @param buffers where each of its buffers is found
 * @param sizes the values of its sizes
 * @param scalars the bits of its scalars
 * @param points how many points the grid of each of its kernels has
 * @param scratchBytes memory that a run needs besides its operands, aligned to 64 bytes
 * @param inPlace inputs whose memory the output may have, if the layouts are equal
 */
public record LoopPlan(
        Program program,
        List<Place> buffers,
        List<Long> sizes,
        List<Long> scalars,
        List<Long> points,
        long scratchBytes,
        List<Integer> inPlace) {
    /** Where a buffer is found. */
    public sealed interface Place {
        /** An argument of the fused op. */
        record Input(int index) implements Place {}

        /** The result. */
        record Output() implements Place {}

        /** In the scratch memory, with unspecified contents. */
        record Scratch(long offset) implements Place {}

        /** Four bytes of the scratch memory, 0 before the first kernel; not 0 after the last one if an index was out of range. */
        record Faults(long offset) implements Place {}
    }

    public LoopPlan {
        buffers = List.copyOf(buffers);
        sizes = List.copyOf(sizes);
        scalars = List.copyOf(scalars);
        points = List.copyOf(points);
        inPlace = List.copyOf(inPlace);
        if (buffers.size() != program.buffers().size()
                || sizes.size() != program.sizes().size()
                || scalars.size() != program.scalars().size()
                || points.size() != program.kernels().size()) {
            throw new IllegalArgumentException("loop plan: got %d buffers, %d sizes, %d scalars, %d grids for %s"
                    .formatted(buffers.size(), sizes.size(), scalars.size(), points.size(), program.name()));
        }
        for (int i = 0; i < sizes.size(); i++) {
            Argument.Size size = program.sizes().get(i);
            if (sizes.get(i) % size.multiple() != 0) {
                throw new IllegalArgumentException("loop plan: got %s = %d, wanted a multiple of %d"
                        .formatted(size.name(), sizes.get(i), size.multiple()));
            }
        }
    }

    /** Likewise with a result that goes past the caches; results are the same. */
    public LoopPlan pastCaches() {
        List<Long> bits = new ArrayList<>(scalars);
        for (Memory.Buffer buffer : program.buffers()) {
            buffer.past().ifPresent(flag -> bits.set(program.scalars().indexOf(flag), 1L));
        }
        return new LoopPlan(program, buffers, sizes, bits, points, scratchBytes, inPlace);
    }

    /** The value of one of the program's sizes. */
    public long size(Argument.Size size) {
        return sizes.get(program.sizes().indexOf(size));
    }

    /** Writes what stays the same from run to run into the block of {@code program.words()} words at {@code offset}: sizes and scalars. */
    public void writeConstants(MemorySegment memory, long offset) {
        int word = buffers.size();
        for (int i = 0; i < sizes.size(); i++) {
            write(memory, offset, word++, sizes.get(i));
        }
        for (int i = 0; i < scalars.size(); i++) {
            write(memory, offset, word++, scalars.get(i));
        }
    }

    /**
     * Writes the addresses of one run into that block; {@link #scratchBytes} are the first of its scratch memory. Makes no Java object.
     */
    public void writeAddresses(MemorySegment memory, long offset, KernelArguments arguments) {
        for (int i = 0; i < buffers.size(); i++) {
            long address = switch (buffers.get(i)) {
                case Place.Input(int index) -> arguments.inputAddress(index);
                case Place.Output() -> arguments.outputAddress();
                case Place.Scratch(long within) -> arguments.scratchAddress() + within;
                case Place.Faults(long within) -> arguments.scratchAddress() + within;
            };
            write(memory, offset, i, address);
        }
    }

    private static void write(MemorySegment memory, long offset, int word, long value) {
        memory.set(ValueLayout.JAVA_LONG, offset + (long) word * Long.BYTES, value);
    }
}
