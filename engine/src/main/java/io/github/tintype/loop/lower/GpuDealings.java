package io.github.tintype.loop.lower;

import io.github.tintype.loop.Statement;
import io.github.tintype.tensor.DType;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Chooses teams and widths for kernels of a GPU. An access of 16 bytes by each thread of a warp is what memory is fastest at; where layouts don't
 * allow it, neighbours go to neighbouring threads. Decided by sizes and layouts alone.
 */
final class GpuDealings {
    private static final int ACCESS = 16;
    /* Chunks of a row that one thread keeps at most: 4 of 8 elements are 32 of its 128 registers or more. */
    static final int KEPT_ROUNDS = 4;
    private static final int WARP = 32;
    private static final int FEW = 128;
    private static final int MANY = 512;
    /* So many rows across memory are enough to give each a thread of its own. */
    private static final long COLUMNS = 1024;

    private final Fusion fusion;

    GpuDealings(Fusion fusion) {
        this.fusion = fusion;
    }

    /** How many neighbours along {@code inner} one access may take; {@code whole} if only chunks of that many are wanted. */
    int width(Group inner, Collection<Access> accesses, boolean whole) {
        List<Access> along =
                accesses.stream().filter(access -> moves(access, inner) == 1).toList();
        int bytes =
                along.stream().mapToInt(access -> dtype(access).bytes()).min().orElse(ACCESS);
        int width = Math.clamp(ACCESS / bytes, 1, Statement.Deal.MOST_WIDTH);
        while (width > 1 && !(fits(width, inner, along) && (!whole || inner.extent() % width == 0))) {
            width /= 2;
        }
        return width;
    }

    private static long moves(Access access, Group group) {
        return group.axes().isEmpty() ? 0 : access.stride(group.axes().getLast());
    }

    private static boolean fits(int width, Group inner, List<Access> along) {
        return along.stream()
                .allMatch(access -> access.offset() % width == 0
                        && access.general().stream().allMatch(general -> general.stride() % width == 0)
                        && access.strides().entrySet().stream()
                                .allMatch(entry ->
                                        inner.axes().contains(entry.getKey()) || entry.getValue() % width == 0));
    }

    private DType dtype(Access access) {
        return switch (access.operand()) {
            case KernelWriter.OUTPUT -> fusion.root().type().dtype();
            case NormTables.MEAN, NormTables.SCALE -> DType.F32;
            default -> fusion.inputs().get(access.operand()).dtype();
        };
    }

    /** A team for rows of {@code elements}, of which it takes {@code width} at once: the smallest that gets through in four rounds, if one does. */
    static Dealing team(long elements, int width) {
        long chunks = Math.ceilDiv(elements, width);
        int threads = chunks <= (long) WARP * KEPT_ROUNDS ? WARP : chunks <= (long) FEW * KEPT_ROUNDS ? FEW : MANY;
        return Dealing.of(threads, width);
    }

    /**
     * For rows.
     *
     * @param loops the innermost loop of each stage
     * @param points how many rows there are
     */
    Dealing rows(List<Group> loops, Collection<Access> accesses, long points) {
        Optional<Group> longest = loops.stream().max((a, b) -> Long.compare(a.extent(), b.extent()));
        if (longest.isEmpty()) {
            return Dealing.of(1, 1);
        }
        boolean across =
                loops.stream().allMatch(loop -> accesses.stream().noneMatch(access -> moves(access, loop) == 1));
        if (across && points >= COLUMNS) {
            return Dealing.of(1, 1);
        }
        int width = loops.stream()
                .mapToInt(loop -> width(loop, accesses, true))
                .min()
                .orElse(1);
        return team(longest.get().extent(), width);
    }
}
