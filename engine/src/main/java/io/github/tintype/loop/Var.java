package io.github.tintype.loop;

/** The counter of a loop or of an axis of the grid. Names are unique within a kernel. */
public record Var(String name) {
    @Override
    public String toString() {
        return name;
    }
}
