package io.github.tintype.loop.lower;

import io.github.tintype.loop.Accumulator;
import io.github.tintype.loop.Expression;
import io.github.tintype.loop.ExpressionWriter;
import io.github.tintype.loop.Index;
import io.github.tintype.loop.Memory;
import io.github.tintype.loop.Statement;
import io.github.tintype.loop.Value;
import io.github.tintype.loop.ValueType;
import io.github.tintype.loop.Var;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The body of a kernel as it grows. A value is defined in the outermost loop that knows its operands, and once. */
final class BodyBuilder implements ExpressionWriter {
    private record Level(
            Var variable, List<Statement> body, Map<Expression, Value> known, Function<Level, Statement> loop) {
        Level(Var variable, Function<Level, Statement> loop) {
            this(variable, new ArrayList<>(), new HashMap<>(), loop);
        }
    }

    private final List<Level> levels = new ArrayList<>();
    private final Map<Value, Integer> homes = new HashMap<>();
    private int values;
    private int variables;
    private int accumulators;

    BodyBuilder() {
        levels.add(new Level(new Var("grid"), _ -> {
            throw new IllegalStateException("no loop is open");
        }));
    }

    /** What has been said outside of all loops. */
    List<Statement> body() {
        if (levels.size() != 1) {
            throw new IllegalStateException("a loop is open");
        }
        return levels.getFirst().body;
    }

    Var variable(String prefix) {
        return new Var(prefix + variables++);
    }

    Var open(Statement.Loop.Kind kind, Index from, Index to) {
        Var variable = variable("i");
        levels.add(new Level(variable, level -> new Statement.Loop(kind, variable, from, to, level.body)));
        return variable;
    }

    /** A loop whose iterations are done side by side. */
    Var open(Dealing dealing, Index from, Index to) {
        if (dealing.team().isEmpty()) {
            return open(Statement.Loop.Kind.VECTOR, from, to);
        }
        Var variable = variable("i");
        levels.add(new Level(
                variable,
                level -> new Statement.Deal(variable, from, to, dealing.width(), dealing.rounds(), level.body)));
        return variable;
    }

    void close() {
        Level level = levels.removeLast();
        add(level.loop.apply(level));
    }

    /** A statement in the innermost open loop. */
    void add(Statement statement) {
        levels.getLast().body.add(statement);
    }

    /** A check of {@code condition} where that is known. */
    void check(Value condition, Memory.Buffer faults) {
        levels.get(homes.getOrDefault(condition, 0)).body.add(new Statement.Check(condition, faults));
    }

    /** The value of {@code expression}; the same one if it is known already. */
    @Override
    public Value define(Expression expression) {
        int level = level(expression);
        for (int i = 0; i <= level; i++) {
            Value known = levels.get(i).known.get(expression);
            if (known != null) {
                return known;
            }
        }
        Value value = define(expression, level);
        levels.get(level).known.put(expression, value);
        return value;
    }

    /** The value of {@code expression} here and now: for memory that changes. */
    Value defineHere(Expression expression) {
        return define(expression, levels.size() - 1);
    }

    private Value define(Expression expression, int level) {
        Value value = new Value(values++, expression.type());
        homes.put(value, level);
        levels.get(level).body.add(new Statement.Define(value, expression));
        return value;
    }

    private int level(Expression expression) {
        int level = 0;
        for (Value operand : expression.operands()) {
            level = Math.max(level, homes.getOrDefault(operand, 0));
        }
        return switch (expression) {
            case Expression.Load(Memory _, Index index) -> Math.max(level, level(index));
            case Expression.Position(Index index) -> Math.max(level, level(index));
            default -> level;
        };
    }

    private int level(Index index) {
        return switch (index) {
            case Index.Constant _, Index.Size _ -> 0;
            case Index.Data(Value value) -> homes.getOrDefault(value, 0);
            case Index.Binary(var _, Index a, Index b) -> Math.max(level(a), level(b));
            case Index.Counter(Var variable) -> {
                for (int i = levels.size() - 1; i > 0; i--) {
                    if (levels.get(i).variable.equals(variable)) {
                        yield i;
                    }
                }
                yield 0; // of the grid
            }
        };
    }

    Accumulator begin(Accumulator.Kind kind, ValueType type, boolean laned) {
        Accumulator accumulator = new Accumulator("s" + accumulators++, kind, type, laned);
        add(new Statement.Begin(accumulator));
        return accumulator;
    }

    /** What an accumulator has come to, right here. */
    Value total(Accumulator accumulator) {
        return defineHere(new Expression.Total(accumulator));
    }

    Value f64(double value) {
        return define(new Expression.Literal(ValueType.F64, Double.doubleToRawLongBits(value)));
    }

    Value i64(long value) {
        return define(new Expression.Literal(ValueType.I64, value));
    }

    /** A number of a float type or an integer type. */
    Value number(ValueType type, double value) {
        return switch (type) {
            case F32 -> f32(value);
            case F64 -> f64(value);
            case I32 -> i32((int) value);
            case I64 -> i64((long) value);
            case BOOL -> define(new Expression.Literal(ValueType.BOOL, value == 0 ? 0 : 1));
        };
    }

    void store(Memory memory, Index index, Value value) {
        add(new Statement.Store(memory, index, value));
    }
}
