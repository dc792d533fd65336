package io.github.tintype.compile;

import io.github.tintype.compile.CallTree.Call;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** Finds the largest calls that occur more than once. */
final class Repeats {
    /* A single kernel gains nothing on its own, and would be kept from what is around it. */
    private static final int LEAST_KERNELS = 2;

    /* What calls of equal structure have in common and is known without writing that down. */
    private record Likeness(String module, int kernels) {}

    private final Regions regions;
    private final Map<Likeness, Integer> alike = new HashMap<>();

    Repeats(Regions regions) {
        this.regions = regions;
        countAlike(regions.tree().root());
    }

    private void countAlike(Call body) {
        for (Call child : body.children()) {
            alike.merge(likeness(child), 1, Integer::sum);
            countAlike(child);
        }
    }

    private static Likeness likeness(Call call) {
        return new Likeness(call.module(), call.kernels());
    }

    private boolean mayRepeat(Call call) {
        return call.kernels() >= LEAST_KERNELS && alike.getOrDefault(likeness(call), 0) > 1;
    }

    /** The calls in {@code bodies} that occur twice in all of them together, or have a program already; none within another. */
    List<Call> in(List<Call> bodies) {
        IdentityHashMap<RegionKey, Integer> counts = new IdentityHashMap<>();
        bodies.forEach(body -> count(body, counts));
        List<Call> repeated = new ArrayList<>();
        bodies.forEach(body -> add(body, counts, repeated));
        return repeated;
    }

    private void count(Call body, IdentityHashMap<RegionKey, Integer> counts) {
        for (Call child : body.children()) {
            if (mayRepeat(child)) {
                counts.merge(regions.form(child).key(), 1, Integer::sum);
            }
            count(child, counts);
        }
    }

    private void add(Call body, IdentityHashMap<RegionKey, Integer> counts, List<Call> repeated) {
        for (Call child : body.children()) {
            if (mayRepeat(child) && isRepeated(regions.form(child).key(), counts)) {
                repeated.add(child);
            } else {
                add(child, counts, repeated);
            }
        }
    }

    private boolean isRepeated(RegionKey key, IdentityHashMap<RegionKey, Integer> counts) {
        return counts.getOrDefault(key, 0) > 1 || regions.isProgram(key);
    }
}
