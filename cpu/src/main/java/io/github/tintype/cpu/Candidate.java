package io.github.tintype.cpu;

import io.github.tintype.device.Lowering;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * One of the kernels that may compute an op.
 *
 * @param named tells it from the others of one op, and stays the same from process to process
 * @param lowering makes it
 * @param steps for each of its parameters, those that differ from it in that alone, and by one step; the same parameters for all that steps lead to, none if there are none
 */
record Candidate(Supplier<String> named, Supplier<Lowering> lowering, Supplier<List<List<Candidate>>> steps) {
    /** Without parameters. */
    Candidate(String name, Supplier<Lowering> lowering) {
        this(() -> name, lowering, List::of);
    }

    /** Made when it is asked for, which only a search does. */
    String name() {
        return named.get();
    }

    /** What differs from it by at most a step of each parameter, itself included. */
    Collection<Candidate> around() {
        Map<String, Candidate> found = new LinkedHashMap<>(Map.of(name(), this));
        int parameters = steps.get().size();
        for (int i = 0; i < parameters; i++) {
            for (Candidate one : List.copyOf(found.values())) {
                one.steps().get().get(i).forEach(other -> found.putIfAbsent(other.name(), other));
            }
        }
        return found.values();
    }

    /** These and all that steps from them lead to, each once: what a search may come to. */
    static List<Candidate> reachable(List<Candidate> from) {
        Map<String, Candidate> found = new LinkedHashMap<>();
        ArrayDeque<Candidate> waiting = new ArrayDeque<>(from);
        while (!waiting.isEmpty()) {
            Candidate one = waiting.removeFirst();
            if (found.putIfAbsent(one.name(), one) == null) {
                one.steps().get().forEach(waiting::addAll);
            }
        }
        return new ArrayList<>(found.values());
    }
}
