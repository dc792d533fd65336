package io.github.tintype.loop.template;

import io.github.tintype.loop.Accumulator;
import io.github.tintype.loop.Expression;
import io.github.tintype.loop.ExpressionWriter;
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
final class TileBuilder implements ExpressionWriter {
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

    @Override
    public Value define(Expression expression) {
        Value value = new Value(values++, expression.type());
        add(new Statement.Define(value, expression));
        return value;
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

    /** As it would come back from memory of a type; itself if that is what it is computed in. */
    Value narrow(DType dtype, Value a) {
        return dtype == DType.F32 ? a : define(new Expression.Narrow(dtype, a));
    }

    /** Two numbers of BF16 as the halves of an I32, {@code low} first. */
    Value pair(Value low, Value high) {
        return pairOfBits(bits(ValueType.I32, low), bits(ValueType.I32, high));
    }

    /** The upper halves of two I32, where the lower ones of {@code high} are 0. */
    Value pairOfBits(Value low, Value high) {
        Value half = binary(Expression.Operation.SHR, low, i32(16));
        return binary(Expression.Operation.OR, binary(Expression.Operation.AND, half, i32(0xffff)), high);
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
