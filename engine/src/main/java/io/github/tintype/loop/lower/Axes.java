package io.github.tintype.loop.lower;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The axes over which a fused op is computed: those of its result, and one list for each list of sizes that is reduced over. Where a reshape cuts an axis, it
 * becomes two, for good: whoever is at work begins again.
 */
final class Axes {
    /** An axis has to be cut before the work can go on. */
    static final class Cut extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private Cut() {
            super("an axis is cut", null, false, false);
        }
    }

    private final Map<Object, List<LoopAxis>> lists = new HashMap<>();
    private final Map<Object, Object> aliases = new HashMap<>();
    private int names;

    /** The axes of {@code key}, an axis of size {@code extent}; none for size 1. */
    List<LoopAxis> of(Object key, long extent) {
        return lists.computeIfAbsent(key, _ -> extent == 1 ? List.of() : List.of(axis(extent)));
    }

    private LoopAxis axis(long extent) {
        return new LoopAxis("a" + names++, extent);
    }

    /** Cuts {@code axis} into an outer part and an inner one of extent {@code inner}, which divides it. */
    Cut cut(LoopAxis axis, long inner) {
        for (Map.Entry<Object, List<LoopAxis>> entry : lists.entrySet()) {
            int at = entry.getValue().indexOf(axis);
            if (at >= 0) {
                List<LoopAxis> parts = new ArrayList<>(entry.getValue());
                parts.set(at, axis(axis.extent() / inner));
                parts.add(at + 1, axis(inner));
                entry.setValue(List.copyOf(parts));
                return new Cut();
            }
        }
        throw new IllegalStateException("unknown axis " + axis);
    }

    /** The axes of a reduction over dimensions of these sizes, one list for each. Reductions of equal sizes share them. */
    List<List<LoopAxis>> reduced(List<Long> sizes) {
        List<List<LoopAxis>> all = new ArrayList<>();
        for (int i = 0; i < sizes.size(); i++) {
            Object key = List.of("reduced", sizes, i);
            all.add(of(aliases.getOrDefault(key, key), sizes.get(i)));
        }
        return all;
    }

    /** Makes a reduction's dimension run over the axes of another key, so that what it computes can be kept for them. */
    void alias(List<Long> sizes, int dimension, Object key) {
        aliases.put(List.of("reduced", sizes, dimension), key);
    }
}
