package io.github.tintype.tensor;

import java.util.Optional;

/**
 * A trace that hangs on a symbolic size: on its value, or on whether it equals another one. For one set of sizes it can be decided;
 * whoever traces may assume more of the symbols and trace again.
 */
public final class UndecidedSizeException extends ShapeException {
    private static final long serialVersionUID = 1L;

    private final transient Dim size;
    private final transient Optional<Dim> other;

    private UndecidedSizeException(String message, Dim size, Optional<Dim> other) {
        super(message);
        this.size = size;
        this.other = other;
    }

    /** The value of {@code size} is needed. */
    static UndecidedSizeException value(String message, Dim size) {
        return new UndecidedSizeException(message, size, Optional.empty());
    }

    /** An error for sizes that are unequal: undecided if one of them has symbols, otherwise a plain {@link ShapeException}. */
    public static ShapeException unequal(String message, Dim got, Dim wanted) {
        return got.isFixed() && wanted.isFixed()
                ? new ShapeException(message)
                : new UndecidedSizeException(message, got, Optional.of(wanted));
    }

    /** The size. */
    public Dim size() {
        return size;
    }

    /** What it should have been equal to; empty if its value was asked for. */
    public Optional<Dim> other() {
        return other;
    }

    @Override
    public UndecidedSizeException at(String place) {
        UndecidedSizeException located =
                new UndecidedSizeException("%s (at %s)".formatted(getMessage(), place), size, other);
        located.initCause(this);
        return located;
    }
}
