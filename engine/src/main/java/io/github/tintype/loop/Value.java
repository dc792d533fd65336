package io.github.tintype.loop;

/** The result of one {@link Statement.Define}: of each iteration of the loops around it. Numbers are unique within a kernel. */
public record Value(int number, ValueType type) {
    @Override
    public String toString() {
        return "%" + number;
    }
}
