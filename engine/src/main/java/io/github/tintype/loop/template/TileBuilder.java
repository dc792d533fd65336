package io.github.tintype.loop.template;

import io.github.tintype.loop.Accumulator;
import io.github.tintype.loop.Argument;
import io.github.tintype.loop.Expression;
import io.github.tintype.loop.Index;
import io.github.tintype.loop.Memory;
import io.github.tintype.loop.Packed;
import io.github.tintype.loop.Statement;
import io.github.tintype.loop.Value;
import io.github.tintype.loop.ValueType;
import io.github.tintype.loop.Var;
import io.github.tintype.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Writes the body of a kernel in the order in which it is said. */
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

    /** Asks for the line that an element lies in. */
    void prefetch(Memory.Buffer buffer, Index index) {
        add(new Statement.Prefetch(buffer, index));
    }

    /** A number, or neighbours as one I32. */
    Value load(Optional<Packed> packed, Memory memory, Index index) {
        return packed.map(as -> define(new Expression.LoadPacked(as, memory, index)))
                .orElseGet(() -> load(memory, index));
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

    Value unary(Expression.Function function, Value a) {
        return define(new Expression.Unary(function, a));
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

    Value cast(ValueType type, Value a) {
        return define(new Expression.Cast(type, a));
    }

    /** As it would come back from memory of a type; itself if that is what it is computed in. */
    Value narrow(DType dtype, Value a) {
        return dtype == DType.F32 ? a : define(new Expression.Narrow(dtype, a));
    }

    /** The same bits as another type. */
    Value bits(ValueType type, Value a) {
        return define(new Expression.Bits(type, a));
    }

    /** Two numbers of BF16 as the halves of an I32, {@code low} first. */
    Value pair(Value low, Value high) {
        return pairOfBits(bits(ValueType.I32, low), bits(ValueType.I32, high));
    }

    /** The upper halves of two I32, where the lower ones of {@code high} are 0. */
    Value pairOfBits(Value low, Value high) {
        Value half = binary(Expression.Operation.SHR, low, integer(16));
        return binary(Expression.Operation.OR, binary(Expression.Operation.AND, half, integer(0xffff)), high);
    }

    /** The smaller one; {@code b} if either is NaN. */
    Value smaller(Value a, Value b) {
        return select(compare(Expression.Relation.LT, a, b), a, b);
    }

    /** The larger one; {@code b} if either is NaN. */
    Value larger(Value a, Value b) {
        return select(compare(Expression.Relation.GT, a, b), a, b);
    }

    /** A sum of an iteration's own. */
    Accumulator begin(ValueType type) {
        return begin(Accumulator.Kind.SUM, type, false);
    }

    /** Of F32, of an iteration's own. */
    Accumulator begin(Accumulator.Kind kind) {
        return begin(kind, ValueType.F32, false);
    }

    /** What all iterations of a vector loop add to. */
    Accumulator beginLaned(Accumulator.Kind kind, ValueType type) {
        return begin(kind, type, true);
    }

    private Accumulator begin(Accumulator.Kind kind, ValueType type, boolean laned) {
        Accumulator begun = new Accumulator("a" + accumulators++, kind, type, laned);
        add(new Statement.Begin(begun));
        return begun;
    }

    void accumulate(Accumulator accumulator, Value value) {
        add(new Statement.Accumulate(accumulator, value));
    }

    /** Adds the product of two floats, or the products of what two I32 hold. */
    void product(Optional<Packed> packed, Accumulator sum, Value a, Value b) {
        add(packed.<Statement>map(as -> new Statement.AccumulatePacked(sum, as, a, b))
                .orElseGet(() -> new Statement.AccumulateProduct(sum, a, b)));
    }

    Value total(Accumulator sum) {
        return define(new Expression.Total(sum));
    }

    void store(Memory memory, Index index, Value value) {
        add(new Statement.Store(memory, index, value));
    }
}
