package io.github.tintype.loop;

import io.github.tintype.tensor.DType;

/** Where elements lie: handed in by the caller, or the kernel's own. */
public sealed interface Memory {
    /** Unique within a program. */
    String name();

    /** How an element is stored. */
    DType dtype();

    /** An argument: the address of its first element. Buffers may be one another's memory only where {@link Program} says so. */
    record Buffer(String name, DType dtype) implements Memory {
        @Override
        public String toString() {
            return name;
        }
    }

    /**
     * On the kernel's stack, with unspecified contents at the beginning of each iteration of the grid. All of a kernel's locals fit in
     * {@link #MOST_BYTES}: the JVM guarantees native code no more than about 80 KiB.
     */
    record Local(String name, DType dtype, int capacity) implements Memory {
        /** For all locals of a kernel together. */
        public static final int MOST_BYTES = 48 << 10;

        public long bytes() {
            return (long) capacity * dtype.bytes();
        }

        @Override
        public String toString() {
            return name;
        }
    }
}
