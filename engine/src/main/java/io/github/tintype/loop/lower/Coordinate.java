package io.github.tintype.loop.lower;

import io.github.tintype.loop.Index;
import java.util.List;
import java.util.Optional;

/**
 * Where along one axis of a tensor: the number that {@code digits} make, most significant first, plus {@code offset}, plus {@code general}.
 *
 * @param digits each below its axis's extent
 * @param general what is no sum of multiples of loop counters
 */
record Coordinate(List<LoopAxis> digits, long offset, Optional<Index> general) {
    /** The only place on an axis of size 1. */
    static final Coordinate ZERO = new Coordinate(List.of(), 0, Optional.empty());

    Coordinate {
        digits = List.copyOf(digits);
    }

    static Coordinate of(List<LoopAxis> digits) {
        return new Coordinate(digits, 0, Optional.empty());
    }

    static Coordinate of(Index general) {
        return new Coordinate(List.of(), 0, Optional.of(general));
    }

    Coordinate plus(long more) {
        return new Coordinate(digits, offset + more, general);
    }

    /** Whether it is made of digits alone. */
    boolean isPlain() {
        return offset == 0 && general.isEmpty();
    }
}
