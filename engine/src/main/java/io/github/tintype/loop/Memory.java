package io.github.tintype.loop;

import io.github.tintype.tensor.DType;
import java.util.Optional;

/** Where elements lie: handed in by the caller, or the kernel's own. */
public sealed interface Memory {
    /** Unique within a program. */
    String name();

    /** How an element is stored. */
    DType dtype();

    /**
     * An argument: the address of its first element. Buffers may be one another's memory only where {@link Program} says so.
     *
     * @param past an I32 that isn't 0 where what vector loops write should go past the caches, since nobody reads it before it would have left them; processors then needn't fetch
     *     lines that are overwritten. No value hangs on it
     */
    record Buffer(String name, DType dtype, Optional<Argument.Scalar> past) implements Memory {
        /** Written through the caches. */
        public Buffer(String name, DType dtype) {
            this(name, dtype, Optional.empty());
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /** A kernel's own, with unspecified contents at the beginning of each iteration of the grid. */
    record Local(String name, DType dtype, int capacity, Where where) implements Memory {
        /** For all locals of a kernel that lie on a stack together, and for those that a team shares. The JVM guarantees native code a stack of about 80 KiB, every GPU a block this much. */
        public static final int MOST_BYTES = 48 << 10;

        /** Whose it is. */
        public enum Where {
            /** On the stack of the thread that computes a point. */
            STACK,
            /** One for all threads of a team. What one thread writes, others read after a {@link Statement.Barrier}. */
            SHARED,
            /** A part with each thread of a team: the element of an iteration of {@link Statement.Deal} is with the thread that the iteration is dealt to. */
            REGISTERS
        }

        /** On the stack. */
        public Local(String name, DType dtype, int capacity) {
            this(name, dtype, capacity, Where.STACK);
        }

        public long bytes() {
            return (long) capacity * dtype.bytes();
        }

        @Override
        public String toString() {
            return name;
        }
    }
}
