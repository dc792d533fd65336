package io.github.tintype.loop.lower;

import io.github.tintype.loop.Index;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How one read or write of a buffer moves over the axes of all loops.
 *
 * @param operand which operand; −1 is the result, less a table of a norm's
 * @param strides elements from one to the next along each axis that matters
 * @param offset elements from the buffer's first one
 * @param general what isn't a multiple of counters, with the stride of its dimension
 */
record Access(int operand, Map<LoopAxis, Long> strides, long offset, List<General> general) {
    /** An index along one dimension of a tensor. */
    record General(Index index, long stride) {}

    Access {
        strides = Collections.unmodifiableMap(new LinkedHashMap<>(strides)); // in the order of dimensions
        general = List.copyOf(general);
    }

    /** Those that read an operand at indices made of counters alone, each once: they can be fetched ahead. */
    static List<Access> fetchable(List<Access> accesses) {
        return accesses.stream()
                .filter(access -> access.isOfInput() && access.general().isEmpty())
                .distinct()
                .toList();
    }

    /** Whether it reads an operand. */
    boolean isOfInput() {
        return operand >= 0;
    }

    /** Whether it is at the same element as another at every place. */
    boolean movesLike(Access other) {
        return strides.equals(other.strides) && offset == other.offset && general.isEmpty() && other.general.isEmpty();
    }

    /** Whether it is at other elements wherever another one is. */
    boolean movesWhere(Access other) {
        return other.strides.keySet().stream().allMatch(axis -> other.stride(axis) == 0 || stride(axis) != 0);
    }

    long stride(LoopAxis axis) {
        return Optional.ofNullable(strides.get(axis)).orElse(0L);
    }
}
