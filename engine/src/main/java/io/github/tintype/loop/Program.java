package io.github.tintype.loop;

import java.util.List;

/**
 * Kernels that run one after another over one block of arguments: 8 bytes for each buffer's address, then for each size, then for each
 * scalar (by its bits, as in {@link Expression.Literal}). Its code depends on no size: extents and strides are arguments. A kernel is
 * compiled to {@code void name(ptr arguments, i64 begin, i64 end)}, which computes the points {@code begin} to {@code end} of its grid.
 *
 * <p>A kernel of a {@link Team} is compiled to {@code name(block)} for a GPU, the whole block handed over by value as its only parameter ({@code .param}
 * memory, so {@link #MOST_GPU_WORDS} words at most); {@link Launch} says over how many threads. Each address is a multiple of {@link #GPU_ALIGNMENT} there.
 *
 * <p>The memory of an output may be that of an input where the lowering says so, else no two buffers overlap.
 *
 * @param name of letters, digits and underscores, as are all names in it
 */
public record Program(
        String name,
        List<Memory.Buffer> buffers,
        List<Argument.Size> sizes,
        List<Argument.Scalar> scalars,
        List<Kernel> kernels) {
    /** What buffers of a GPU begin at a multiple of: the widest access. */
    public static final int GPU_ALIGNMENT = 16;

    /** 4 KiB, the parameters that every launch takes. */
    public static final int MOST_GPU_WORDS = 512;

    public Program {
        buffers = List.copyOf(buffers);
        sizes = List.copyOf(sizes);
        scalars = List.copyOf(scalars);
        kernels = List.copyOf(kernels);
    }

    /** Words in the block of arguments. */
    public int words() {
        return buffers.size() + sizes.size() + scalars.size();
    }

    /** The word that holds the address of a buffer. */
    public int word(Memory.Buffer buffer) {
        return found(buffers.indexOf(buffer), buffer);
    }

    /** The word that holds a size or a scalar. */
    public int word(Argument argument) {
        return switch (argument) {
            case Argument.Size size -> buffers.size() + found(sizes.indexOf(size), size);
            case Argument.Scalar scalar -> buffers.size() + sizes.size() + found(scalars.indexOf(scalar), scalar);
        };
    }

    private int found(int position, Object argument) {
        if (position < 0) {
            throw new IllegalArgumentException("program %s: got no argument %s".formatted(name, argument));
        }
        return position;
    }

    /** As {@link LoopText} has it. */
    @Override
    public String toString() {
        return LoopText.of(this);
    }
}
