package io.github.tintype.loop;

import java.util.HashMap;
import java.util.Map;

/**
 * Watches what the threads of a team do to memory of their own: an element that one writes and another touches without a barrier between,
 * or that is in another's registers, ends the run.
 */
final class Sharing {
    /* Outside of Deal all threads read, and the first one writes. */
    private static final int ALL = -1;
    private static final int FIRST = 0;

    private record Element(Memory.Local memory, long at) {}

    private final Map<Element, Integer> writers = new HashMap<>();
    private final Map<Element, Integer> readers = new HashMap<>();
    private final Map<Element, Integer> owners = new HashMap<>();
    private int thread = ALL;

    /** Another point. */
    void clear() {
        barrier();
        owners.clear();
        thread = ALL;
    }

    /** From here on {@code number} is at work. */
    void enter(int number) {
        thread = number;
    }

    /** From here on all are. */
    void leave() {
        thread = ALL;
    }

    void barrier() {
        writers.clear();
        readers.clear();
    }

    void read(Memory memory, long at) {
        if (memory instanceof Memory.Local local && local.where() != Memory.Local.Where.STACK) {
            Element element = new Element(local, at);
            switch (element.memory.where()) {
                case STACK -> {}
                case SHARED -> {
                    require(writers.getOrDefault(element, thread) == thread, element);
                    readers.merge(element, thread, (a, b) -> a.equals(b) ? a : ALL);
                }
                case REGISTERS -> require(owners.getOrDefault(element, ALL) == thread, element);
            }
        }
    }

    void write(Memory memory, long at) {
        if (memory instanceof Memory.Local local && local.where() != Memory.Local.Where.STACK) {
            Element element = new Element(local, at);
            int writer = thread == ALL ? FIRST : thread;
            switch (element.memory.where()) {
                case STACK -> {}
                case SHARED -> {
                    require(
                            writers.getOrDefault(element, writer) == writer
                                    && readers.getOrDefault(element, writer) == writer,
                            element);
                    writers.put(element, writer);
                }
                case REGISTERS -> owners.put(element, thread);
            }
        }
    }

    private void require(boolean holds, Element element) {
        if (!holds) {
            throw new IllegalStateException("loop program: thread %d meets another at %s[%d] without a barrier"
                    .formatted(thread, element.memory, element.at));
        }
    }
}
