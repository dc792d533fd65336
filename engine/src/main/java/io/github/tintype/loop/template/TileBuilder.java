package io.github.tintype.loop.template;

import io.github.tintype.loop.Accumulator;
import io.github.tintype.loop.Argument;
import io.github.tintype.loop.Expression;
import io.github.tintype.loop.Index;
import io.github.tintype.loop.Memory;
import io.github.tintype.loop.Statement;
import io.github.tintype.loop.Value;
import io.github.tintype.loop.ValueType;
import io.github.tintype.loop.Var;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Writes the body of a kernel in the order in which it is said, all in F32. */
final class TileBuilder {
    private final List<List<Statement>> open = new ArrayList<>(List.of(new ArrayList<>()));
    private int values;
    private int variables;
    private int accumulators;

    List<Statement> body() {
        return open.getFirst();
    }

    Var variable() {
        return new Var("i" + variables++);
    }

    void serial(Index from, Index to, Consumer<Index> body) {
        loop(Statement.Loop.Kind.SERIAL, from, to, body);
    }

    void vector(Index to, Consumer<Index> body) {
        loop(Statement.Loop.Kind.VECTOR, Index.of(0), to, body);
    }

    private void loop(Statement.Loop.Kind kind, Index from, Index to, Consumer<Index> body) {
        Var variable = variable();
        open.add(new ArrayList<>());
        body.accept(Index.of(variable));
        add(new Statement.Loop(kind, variable, from, to, open.removeLast()));
    }

    private void add(Statement statement) {
        open.getLast().add(statement);
    }

    Value define(Expression expression) {
        Value value = new Value(values++, expression.type());
        add(new Statement.Define(value, expression));
        return value;
    }

    Value load(Memory memory, Index index) {
        return define(new Expression.Load(memory, index));
    }

    Value number(double number) {
        return define(
                new Expression.Literal(ValueType.F32, Integer.toUnsignedLong(Float.floatToRawIntBits((float) number))));
    }

    Value integer(int number) {
        return define(new Expression.Literal(ValueType.I32, Integer.toUnsignedLong(number)));
    }

    Value scalar(Argument.Scalar argument) {
        return define(new Expression.Scalar(argument));
    }

    Value position(Index index) {
        return define(new Expression.Position(index));
    }

    Value binary(Expression.Operation operation, Value a, Value b) {
        return define(new Expression.Binary(operation, a, b));
    }

    Value add(Value a, Value b) {
        return binary(Expression.Operation.ADD, a, b);
    }

    Value sub(Value a, Value b) {
        return binary(Expression.Operation.SUB, a, b);
    }

    Value mul(Value a, Value b) {
        return binary(Expression.Operation.MUL, a, b);
    }

    Value div(Value a, Value b) {
        return binary(Expression.Operation.DIV, a, b);
    }

    /** a · b + c. */
    Value fma(Value a, Value b, Value c) {
        return define(new Expression.Fma(a, b, c));
    }

    Value compare(Expression.Relation relation, Value a, Value b) {
        return define(new Expression.Compare(relation, a, b));
    }

    Value select(Value condition, Value a, Value b) {
        return define(new Expression.Select(condition, a, b));
    }

    /** The same bits as another type. */
    Value bits(ValueType type, Value a) {
        return define(new Expression.Bits(type, a));
    }

    /** The larger one; {@code b} if either is NaN. */
    Value larger(Value a, Value b) {
        return select(compare(Expression.Relation.GT, a, b), a, b);
    }

    Accumulator begin() {
        return begin(Accumulator.Kind.SUM);
    }

    Accumulator begin(Accumulator.Kind kind) {
        Accumulator begun = new Accumulator("a" + accumulators++, kind, ValueType.F32, false);
        add(new Statement.Begin(begun));
        return begun;
    }

    void accumulate(Accumulator accumulator, Value value) {
        add(new Statement.Accumulate(accumulator, value));
    }

    void product(Accumulator sum, Value a, Value b) {
        add(new Statement.AccumulateProduct(sum, a, b));
    }

    Value total(Accumulator sum) {
        return define(new Expression.Total(sum));
    }

    void store(Memory memory, Index index, Value value) {
        add(new Statement.Store(memory, index, value));
    }
}
