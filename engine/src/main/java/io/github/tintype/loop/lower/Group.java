package io.github.tintype.loop.lower;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/** Axes, outermost first, that one loop runs over, because every access moves over them as over one. */
record Group(List<LoopAxis> axes) {
    Group {
        axes = List.copyOf(axes);
    }

    long extent() {
        return axes.stream().mapToLong(LoopAxis::extent).reduce(1, Math::multiplyExact);
    }

    /** Joins neighbours of {@code axes} as far as all accesses allow. */
    static List<Group> of(List<LoopAxis> axes, Collection<Access> accesses, Set<LoopAxis> fixed) {
        List<Group> groups = new ArrayList<>();
        for (LoopAxis axis : axes) {
            boolean free = !groups.isEmpty()
                    && !fixed.contains(axis)
                    && !fixed.contains(groups.getLast().axes.getLast());
            if (free && joins(groups.getLast().axes.getLast(), axis, accesses)) {
                List<LoopAxis> more = new ArrayList<>(groups.removeLast().axes);
                more.add(axis);
                groups.add(new Group(more));
            } else {
                groups.add(new Group(List.of(axis)));
            }
        }
        return groups;
    }

    private static boolean joins(LoopAxis outer, LoopAxis inner, Collection<Access> accesses) {
        return accesses.stream().allMatch(access -> access.stride(outer) == access.stride(inner) * inner.extent());
    }
}
