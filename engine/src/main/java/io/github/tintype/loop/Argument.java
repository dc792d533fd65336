package io.github.tintype.loop;

/** What a program is told at run time besides addresses. */
public sealed interface Argument {
    /** Unique within a program. */
    String name();

    /**
     * An extent, a stride in elements or an offset: never negative.
     *
     * @param multiple it always is a multiple of this power of two: then what lies there can be read several elements at once
     */
    record Size(String name, int multiple) implements Argument {
        public Size {
            if (Integer.bitCount(multiple) != 1) {
                throw new IllegalArgumentException(
                        "size %s: got multiples of %d, wanted a power of two".formatted(name, multiple));
            }
        }

        /** Of which nothing more is known. */
        public Size(String name) {
            this(name, 1);
        }
    }

    /** A number that values are computed with. */
    record Scalar(String name, ValueType type) implements Argument {}
}
