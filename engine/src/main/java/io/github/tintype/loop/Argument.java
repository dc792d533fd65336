package io.github.tintype.loop;

/** What a program is told at run time besides addresses. */
public sealed interface Argument {
    /** Unique within a program. */
    String name();

    /** An extent, a stride in elements or an offset: never negative. */
    record Size(String name) implements Argument {}

    /** A number that values are computed with. */
    record Scalar(String name, ValueType type) implements Argument {}
}
