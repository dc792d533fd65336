package io.github.tintype.loop;

import java.util.function.ToLongFunction;

/**
 * A 64-bit integer made of sizes and loop counters: an element's position, or a bound. Addition and multiplication wrap never, by
 * the verifier's interval arithmetic; division is for numerators ≥ 0 and divisors > 0.
 */
public sealed interface Index {
    /** A number. */
    record Constant(long value) implements Index {
        @Override
        public String toString() {
            return LoopText.of(this);
        }
    }

    /** An argument. */
    record Size(Argument.Size argument) implements Index {
        @Override
        public String toString() {
            return LoopText.of(this);
        }
    }

    /** A loop counter. */
    record Counter(Var variable) implements Index {
        @Override
        public String toString() {
            return LoopText.of(this);
        }
    }

    /** A value of type I64 that was computed from data. */
    record Data(Value value) implements Index {
        @Override
        public String toString() {
            return LoopText.of(this);
        }
    }

    /** What two indices are made into one by. */
    enum Kind {
        ADD("+"),
        SUB("-"),
        MUL("*"),
        /** Rounded down. */
        DIV("/"),
        MOD("%"),
        MIN("min"),
        MAX("max");

        private final String sign;

        Kind(String sign) {
            this.sign = sign;
        }

        @Override
        public String toString() {
            return sign;
        }

        /** The operation on two numbers. */
        public long apply(long a, long b) {
            return switch (this) {
                case ADD -> Math.addExact(a, b);
                case SUB -> Math.subtractExact(a, b);
                case MUL -> Math.multiplyExact(a, b);
                case DIV -> Math.floorDiv(a, b);
                case MOD -> Math.floorMod(a, b);
                case MIN -> Math.min(a, b);
                case MAX -> Math.max(a, b);
            };
        }
    }

    /** Two indices made into one. */
    record Binary(Kind kind, Index a, Index b) implements Index {
        @Override
        public String toString() {
            return LoopText.of(this);
        }
    }

    static Index of(long value) {
        return new Constant(value);
    }

    static Index of(Argument.Size argument) {
        return new Size(argument);
    }

    static Index of(Var variable) {
        return new Counter(variable);
    }

    default Index plus(Index other) {
        return is(0) ? other : other.is(0) ? this : make(Kind.ADD, other);
    }

    default Index minus(Index other) {
        return other.is(0) ? this : make(Kind.SUB, other);
    }

    default Index times(Index other) {
        if (is(0) || other.is(1)) {
            return this;
        }
        return is(1) || other.is(0) ? other : make(Kind.MUL, other);
    }

    default Index dividedBy(Index other) {
        return is(0) || other.is(1) ? this : make(Kind.DIV, other);
    }

    default Index modulo(Index other) {
        return is(0) || other.is(1) ? of(0) : make(Kind.MOD, other);
    }

    default Index min(Index other) {
        return equals(other) ? this : make(Kind.MIN, other);
    }

    default Index max(Index other) {
        return equals(other) ? this : make(Kind.MAX, other);
    }

    private Index make(Kind kind, Index other) {
        if (this instanceof Constant(long a) && other instanceof Constant(long b)) {
            return new Constant(kind.apply(a, b));
        }
        return new Binary(kind, this, other);
    }

    private boolean is(long number) {
        return this instanceof Constant(long value) && value == number;
    }

    /** A number that divides it, where each counter is divided by {@code counters}; 0 if it is 0 itself. */
    default long divisor(ToLongFunction<Var> counters) {
        return switch (this) {
            case Constant(long value) -> Math.abs(value);
            case Size(Argument.Size argument) -> argument.multiple();
            case Counter(Var variable) -> counters.applyAsLong(variable);
            case Data _ -> 1;
            case Binary(Kind kind, Index a, Index b) -> {
                long x = a.divisor(counters);
                long y = b.divisor(counters);
                yield switch (kind) {
                    case ADD, SUB, MOD, MIN, MAX -> common(x, y);
                    case MUL -> Math.multiplyExact(x, y);
                    case DIV -> 1;
                };
            }
        };
    }

    private static long common(long a, long b) {
        return b == 0 ? a : common(b, a % b);
    }

    /** Whether {@code variable} occurs in it. */
    default boolean uses(Var variable) {
        return switch (this) {
            case Counter(Var counter) -> counter.equals(variable);
            case Binary(Kind _, Index a, Index b) -> a.uses(variable) || b.uses(variable);
            case Constant _, Size _, Data _ -> false;
        };
    }
}
