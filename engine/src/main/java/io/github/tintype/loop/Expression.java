package io.github.tintype.loop;

import io.github.tintype.tensor.DType;
import java.util.List;
import java.util.Locale;

/**
 * What one value is computed by. Floats are IEEE 754 with denormals, rounded to nearest even, never contracted or reordered: the
 * interpreter and every target give the same bits (of NaN only that it is one), but for {@link Fma} where a target has none.
 */
public sealed interface Expression {
    /** Float and integer: NEG, ABS. Float: SQRT, FLOOR, ROUND (half to even). BOOL: NOT. */
    enum Function {
        NEG,
        ABS,
        SQRT,
        FLOOR,
        ROUND,
        NOT;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * MAX is the first if that is larger or NaN, else the second; MIN likewise: NaN wins, and of two zeros the second. Integers wrap; their
     * division truncates, and by 0 gives 0. AND, OR
     * and XOR are for integers and BOOL, SHL and SHR (arithmetic) for integers, by a count below the width.
     */
    enum Operation {
        ADD,
        SUB,
        MUL,
        DIV,
        MAX,
        MIN,
        AND,
        OR,
        XOR,
        SHL,
        SHR;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The relation. */
    enum Relation {
        EQ,
        LT,
        LE,
        GT,
        GE;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    ValueType type();

    /** The values that it reads, in order. */
    List<Value> operands();

    /** An element, widened. */
    record Load(Memory memory, Index index) implements Expression {
        @Override
        public ValueType type() {
            return ValueType.of(memory.dtype());
        }

        @Override
        public List<Value> operands() {
            return List.of();
        }
    }

    /** Elements n · index to n · index + n − 1 as one I32, where n is their {@link Packed#count}. */
    record LoadPacked(Packed packed, Memory memory, Index index) implements Expression {
        @Override
        public ValueType type() {
            return ValueType.I32;
        }

        @Override
        public List<Value> operands() {
            return List.of();
        }
    }

    /** A number, by its bits: those of a float in the low half. */
    record Literal(ValueType type, long bits) implements Expression {
        @Override
        public List<Value> operands() {
            return List.of();
        }
    }

    /** A scalar argument. */
    record Scalar(Argument.Scalar argument) implements Expression {
        @Override
        public ValueType type() {
            return argument.type();
        }

        @Override
        public List<Value> operands() {
            return List.of();
        }
    }

    /** An index as a number, I64. */
    record Position(Index index) implements Expression {
        @Override
        public ValueType type() {
            return ValueType.I64;
        }

        @Override
        public List<Value> operands() {
            return List.of();
        }
    }

    /** What an accumulator has come to, its lanes joined; outside of the loops that fill it. */
    record Total(Accumulator accumulator) implements Expression {
        @Override
        public ValueType type() {
            return accumulator.type();
        }

        @Override
        public List<Value> operands() {
            return List.of();
        }
    }

    /** A function of one value, which keeps its type. */
    record Unary(Function kind, Value a) implements Expression {
        @Override
        public ValueType type() {
            return a.type();
        }

        @Override
        public List<Value> operands() {
            return List.of(a);
        }
    }

    /** A function of two values of one type, which keeps it. */
    record Binary(Operation kind, Value a, Value b) implements Expression {
        @Override
        public ValueType type() {
            return a.type();
        }

        @Override
        public List<Value> operands() {
            return List.of(a, b);
        }
    }

    /** a · b + c of floats, rounded once where the target can, else twice. */
    record Fma(Value a, Value b, Value c) implements Expression {
        @Override
        public ValueType type() {
            return a.type();
        }

        @Override
        public List<Value> operands() {
            return List.of(a, b, c);
        }
    }

    /** A relation of two values of one type; false beside NaN. */
    record Compare(Relation kind, Value a, Value b) implements Expression {
        @Override
        public ValueType type() {
            return ValueType.BOOL;
        }

        @Override
        public List<Value> operands() {
            return List.of(a, b);
        }
    }

    /** condition ? a : b; both are computed. */
    record Select(Value condition, Value a, Value b) implements Expression {
        @Override
        public ValueType type() {
            return a.type();
        }

        @Override
        public List<Value> operands() {
            return List.of(condition, a, b);
        }
    }

    /** The nearest value of another type. A float becomes an integer as in Java: truncated, NaN 0, else the nearest there is. BOOL is 0 or 1, and what isn't 0. */
    record Cast(ValueType type, Value a) implements Expression {
        @Override
        public List<Value> operands() {
            return List.of(a);
        }
    }

    /** The same bits as another type of the same width: F32 and I32, F64 and I64. */
    record Bits(ValueType type, Value a) implements Expression {
        @Override
        public List<Value> operands() {
            return List.of(a);
        }
    }

    /** A number as it would come back from memory of {@code dtype}: an integer's low bits, a float rounded to a narrower one. */
    record Narrow(DType dtype, Value a) implements Expression {
        @Override
        public ValueType type() {
            return a.type();
        }

        @Override
        public List<Value> operands() {
            return List.of(a);
        }
    }
}
