package io.github.tintype.loop;

/**
 * Ways to say an expression to whoever writes the body of a kernel. How often one is defined, and where, is the writer's.
 */
public interface ExpressionWriter {
    /** The value of {@code expression} where it is said. */
    Value define(Expression expression);

    /** A number of F32, the nearest one. */
    default Value f32(double value) {
        return define(
                new Expression.Literal(ValueType.F32, Integer.toUnsignedLong(Float.floatToRawIntBits((float) value))));
    }

    /** A number of I32. */
    default Value i32(int value) {
        return define(new Expression.Literal(ValueType.I32, Integer.toUnsignedLong(value)));
    }

    /** An element of memory. */
    default Value load(Memory memory, Index index) {
        return define(new Expression.Load(memory, index));
    }

    /** An argument of the program. */
    default Value scalar(Argument.Scalar argument) {
        return define(new Expression.Scalar(argument));
    }

    /** An index as a number. */
    default Value position(Index index) {
        return define(new Expression.Position(index));
    }

    /** A function of one value. */
    default Value unary(Expression.Function function, Value a) {
        return define(new Expression.Unary(function, a));
    }

    /** An operation on two values of one type. */
    default Value binary(Expression.Operation operation, Value a, Value b) {
        return define(new Expression.Binary(operation, a, b));
    }

    /** a + b. */
    default Value add(Value a, Value b) {
        return binary(Expression.Operation.ADD, a, b);
    }

    /** a − b. */
    default Value sub(Value a, Value b) {
        return binary(Expression.Operation.SUB, a, b);
    }

    /** a · b. */
    default Value mul(Value a, Value b) {
        return binary(Expression.Operation.MUL, a, b);
    }

    /** a / b. */
    default Value div(Value a, Value b) {
        return binary(Expression.Operation.DIV, a, b);
    }

    /** a · b + c, rounded once. */
    default Value fma(Value a, Value b, Value c) {
        return define(new Expression.Fma(a, b, c));
    }

    /** A condition. */
    default Value compare(Expression.Relation relation, Value a, Value b) {
        return define(new Expression.Compare(relation, a, b));
    }

    /** {@code a} where the condition holds, {@code b} elsewhere. */
    default Value select(Value condition, Value a, Value b) {
        return define(new Expression.Select(condition, a, b));
    }

    /** {@code a} in another type; itself if it has that. */
    default Value cast(ValueType type, Value a) {
        return a.type() == type ? a : define(new Expression.Cast(type, a));
    }

    /** The same bits as another type. */
    default Value bits(ValueType type, Value a) {
        return define(new Expression.Bits(type, a));
    }
}
