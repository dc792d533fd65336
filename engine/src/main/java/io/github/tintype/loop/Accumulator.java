package io.github.tintype.loop;

import java.util.Locale;

/**
 * What loops add up. In a vector loop, iteration i from its beginning goes to lane i mod {@link #LANES}, whatever the width of the
 * target's registers; {@link Expression.Total} joins lane k with lane k + 8, then with k + 4, k + 2 and k + 1. So the result depends
 * neither on target nor on threads. Outside of a vector loop a {@code laned} accumulator can't be added to, inside of one the other kind only if it was begun there: then each iteration
 * has its own.
 *
 * <p>In a {@link Statement.Deal} each of its lanes of each thread has a part, and they are joined likewise ({@link Team}), for all
 * threads alike. The other kind is added to there only if it was begun there.
 *
 * @param name unique within a kernel
 */
public record Accumulator(String name, Kind kind, ValueType type, boolean laned) {
    /** Partial results side by side: two AVX2 registers of F32, enough to hide the latency of additions behind memory. */
    public static final int LANES = 16;

    /** How two partial results are joined; MAX and MIN as {@link Expression.Operation} has them. */
    public enum Kind {
        SUM,
        PRODUCT,
        MAX,
        MIN;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** The joining operation. */
        public Expression.Operation operation() {
            return switch (this) {
                case SUM -> Expression.Operation.ADD;
                case PRODUCT -> Expression.Operation.MUL;
                case MAX -> Expression.Operation.MAX;
                case MIN -> Expression.Operation.MIN;
            };
        }
    }

    /** The bits of what it begins with, as in {@link Expression.Literal}. */
    public long identity() {
        return switch (type) {
            case F32 ->
                Integer.toUnsignedLong(Float.floatToRawIntBits(
                        switch (kind) {
                            case SUM -> 0f;
                            case PRODUCT -> 1f;
                            case MAX -> Float.NEGATIVE_INFINITY;
                            case MIN -> Float.POSITIVE_INFINITY;
                        }));
            case F64 ->
                Double.doubleToRawLongBits(
                        switch (kind) {
                            case SUM -> 0.0;
                            case PRODUCT -> 1.0;
                            case MAX -> Double.NEGATIVE_INFINITY;
                            case MIN -> Double.POSITIVE_INFINITY;
                        });
            case I32 -> integer(Integer.MIN_VALUE, Integer.MAX_VALUE);
            case I64 -> integer(Long.MIN_VALUE, Long.MAX_VALUE);
            case BOOL ->
                throw new IllegalArgumentException("accumulator %s: got bool, wanted a number".formatted(name));
        };
    }

    private long integer(long least, long greatest) {
        return switch (kind) {
            case SUM -> 0;
            case PRODUCT -> 1;
            case MAX -> least;
            case MIN -> greatest;
        };
    }

    @Override
    public String toString() {
        return name;
    }
}
