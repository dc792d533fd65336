package io.github.tintype.cpu;

import java.util.ArrayList;
import java.util.List;

/**
 * One loop over elements of two tensors; a list of them, outermost first, describes a whole one.
 *
 * @param size how often it goes round
 * @param from elements from one of the first to the next; 0 where it repeats
 * @param to likewise of the second
 */
record StridedLoop(long size, long from, long to) {
    /** The same elements in the same order, by as few loops as that takes: of two that continue each other in both tensors one is made. */
    static List<StridedLoop> merged(List<StridedLoop> loops) {
        List<StridedLoop> merged = new ArrayList<>();
        for (StridedLoop loop : loops) {
            if (!merged.isEmpty() && merged.getLast().continues(loop)) {
                merged.add(new StridedLoop(merged.removeLast().size * loop.size, loop.from, loop.to));
            } else {
                merged.add(loop);
            }
        }
        return merged;
    }

    private boolean continues(StridedLoop inner) {
        return from == inner.from * inner.size && to == inner.to * inner.size;
    }

    /** How many elements these go over. */
    static long elements(List<StridedLoop> loops) {
        return loops.stream().mapToLong(StridedLoop::size).reduce(1, Math::multiplyExact);
    }
}
