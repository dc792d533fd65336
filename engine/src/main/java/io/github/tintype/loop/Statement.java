package io.github.tintype.loop;

import java.util.List;

/** A step of a kernel. A value is known to the statements after its definition, in the same body and inside of loops there. */
public sealed interface Statement {
    /** {@code %3 = add(%1, %2)}. */
    record Define(Value value, Expression expression) implements Statement {}

    /** Writes an element, narrowed: floats rounded to nearest even, integers by their low bits, BOOL as 0 or 1. */
    record Store(Memory memory, Index index, Value value) implements Statement {}

    /** {@code variable} counts from {@code from} to {@code to}, exclusive. */
    record Loop(Kind kind, Var variable, Index from, Index to, List<Statement> body) implements Statement {
        /** How iterations are done. */
        public enum Kind {
            /** One after another. */
            SERIAL,
            /**
             * Several at once: none reads what another writes. Loops inside are serial and the same for all iterations; an accumulator that is begun inside is the iteration's
             * own.
             */
            VECTOR
        }

        public Loop {
            body = List.copyOf(body);
        }
    }

    /**
     * {@code variable} counts from {@code from} to {@code to}, exclusive, both multiples of {@code width}. Each {@code width} iterations go to one
     * thread of the kernel's {@link Team}: from the beginning, chunk k to thread k mod threads. As in a vector loop none reads what another writes; loops inside are serial, and an
     * accumulator that is begun inside is the iteration's own.
     *
     * @param rounds chunks that a thread gets at most, so that registers can hold what is kept of them; 0 for any number
     */
    record Deal(Var variable, Index from, Index to, int width, int rounds, List<Statement> body) implements Statement {
        /** The most elements of one access. */
        public static final int MOST_WIDTH = 8;

        public Deal {
            body = List.copyOf(body);
        }
    }

    /** No thread of the team goes on before all are here: what they have written to shared memory is there. {@link Expression.Total} of a laned accumulator is one, too. */
    record Barrier() implements Statement {}

    /** Brings an accumulator into being, as its identity, at each pass. */
    record Begin(Accumulator accumulator) implements Statement {}

    /** Adds a value to an accumulator. */
    record Accumulate(Accumulator accumulator, Value value) implements Statement {}

    /** Adds a product to a sum of floats that an iteration has for itself, rounded once where the target can, else twice. */
    record AccumulateProduct(Accumulator accumulator, Value a, Value b) implements Statement {}

    /** Adds the products of what two I32 hold, number by number, to a sum that an iteration has for itself. */
    record AccumulatePacked(Accumulator accumulator, Packed packed, Value a, Value b) implements Statement {}

    /** Writes 1 to the first element of {@code faults}, of type I32, if {@code condition} is false; goes on either way. */
    record Check(Value condition, Memory.Buffer faults) implements Statement {}

    /**
     * Fetches the line of the cache that an element lies in, ahead of its use, on processors. Nothing hangs on it: the element may be outside of the buffer.
     */
    record Prefetch(Memory.Buffer buffer, Index index) implements Statement {}
}
