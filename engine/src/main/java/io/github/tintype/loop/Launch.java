package io.github.tintype.loop;

import java.util.function.ToLongFunction;

/**
 * How a kernel is started on a GPU, in one dimension.
 *
 * @param entry the kernel's name
 * @param threads of a block, exactly
 * @param blocks how many blocks, an expression of the program's sizes: 0 where there is nothing to do
 * @param sharedBytes shared memory of a block, which the code declares itself; none is added at the start
 */
public record Launch(String entry, int threads, Index blocks, int sharedBytes) {
    /* Single threads go on to further points: so many blocks fill any GPU several times over. */
    private static final long MOST_BLOCKS_OF_SINGLES = 16384;
    /* Source: CUDA programming guide, compute capabilities: the largest x-dimension of a grid. */
    private static final long MOST_BLOCKS = Integer.MAX_VALUE;

    /**
     * For a kernel of a team.
     *
     * @param sharedBytes as the compiler counts them
     * @throws IllegalArgumentException for a kernel of a processor
     */
    public static Launch of(Kernel kernel, int sharedBytes) {
        Team team = kernel.team()
                .orElseThrow(() -> new IllegalArgumentException(
                        "kernel %s: got one of a processor, wanted a team".formatted(kernel.name())));
        Index whole = kernel.points().plus(Index.of(team.points() - 1L)).dividedBy(Index.of(team.points()));
        Index blocks = team.threads() == 1 ? whole.min(Index.of(MOST_BLOCKS_OF_SINGLES)) : whole;
        return new Launch(kernel.name(), team.block(), blocks, sharedBytes);
    }

    /** The blocks for given sizes. @throws IllegalArgumentException if they are more than a GPU starts */
    public int blocks(ToLongFunction<Argument.Size> sizes) {
        long count = value(blocks, sizes);
        if (count < 0 || count > MOST_BLOCKS) {
            throw new IllegalArgumentException(
                    "kernel %s: got %d blocks, wanted at most %d".formatted(entry, count, MOST_BLOCKS));
        }
        return (int) count;
    }

    private static long value(Index index, ToLongFunction<Argument.Size> sizes) {
        return switch (index) {
            case Index.Constant(long value) -> value;
            case Index.Size(Argument.Size argument) -> sizes.applyAsLong(argument);
            case Index.Binary(Index.Kind kind, Index a, Index b) -> kind.apply(value(a, sizes), value(b, sizes));
            case Index.Counter _, Index.Data _ -> throw new IllegalArgumentException("blocks: got " + index);
        };
    }
}
