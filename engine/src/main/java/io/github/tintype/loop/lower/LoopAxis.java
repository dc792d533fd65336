package io.github.tintype.loop.lower;

/** A direction in which elements are visited: an axis of the result, of a reduction, or a part of one. Identity counts. */
final class LoopAxis {
    private final String name;
    private final long extent;

    LoopAxis(String name, long extent) {
        this.name = name;
        this.extent = extent;
    }

    /** Unique among the axes of one op. */
    String name() {
        return name;
    }

    long extent() {
        return extent;
    }

    @Override
    public String toString() {
        return name + ":" + extent;
    }
}
