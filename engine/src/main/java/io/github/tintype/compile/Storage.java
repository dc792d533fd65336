package io.github.tintype.compile;

/** Which memory an operand of a kernel call is part of. */
public sealed interface Storage {
    /** The run's slab, from {@code offset} bytes on. */
    record Slab(long offset) implements Storage {}

    /** An argument of the program. */
    record Input(int index) implements Storage {}

    /** A weight, in the form of {@link Plan#weights()}. */
    record Bound(int index) implements Storage {}

    /** Data known while tracing. */
    record Constant(int index) implements Storage {}

    /** A number, see {@link Plan#scalars()}. */
    record Scalar(int index) implements Storage {}

    /** A result. */
    record Output(int index) implements Storage {}
}
