package io.github.tintype.loop;

import io.github.tintype.tensor.DType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * What holds of each well-formed program: names are unique and plain, values have the types that their operations take and are defined
 * before they are read, counters and accumulators are read where they are known, what is in a vector loop can be done side by side, what
 * threads of a team do keeps to whole chunks and to barriers.
 * That nothing outside of a buffer is touched depends on sizes: {@link LoopBounds}.
 */
public final class LoopVerifier {
    private static final String NAME = "[A-Za-z_][A-Za-z0-9_]*";

    private final Program program;
    private final String kernel;
    private final Set<Integer> numbers = new HashSet<>();
    private final Set<String> variables = new HashSet<>();
    private final Set<Value> values = new HashSet<>();
    private final Set<Memory> memories = new HashSet<>();
    /* Begun accumulators, and whether they are at the present place inside of the vector loop that they were begun in. */
    private final Set<Accumulator> accumulators = new HashSet<>();
    private final List<Var> counters = new ArrayList<>();
    private final Optional<Team> team;
    private Optional<Statement.Deal> deal = Optional.empty();
    /* The counter of the vector loop around. */
    private Optional<Var> vector = Optional.empty();
    /* Those that an iteration has for itself. */
    private final Set<Accumulator> own = new HashSet<>();

    private LoopVerifier(Program program, Kernel kernel) {
        this.program = program;
        this.kernel = kernel.name();
        team = kernel.team();
        memories.addAll(program.buffers());
        memories.addAll(kernel.locals());
    }

    /** @throws IllegalArgumentException naming the kernel and the broken rule: a bug of whoever made the program */
    public static void check(Program program) {
        Set<String> names = new HashSet<>();
        checkName(program.name(), names);
        program.buffers().forEach(buffer -> checkName(buffer.name(), names));
        program.sizes().forEach(size -> checkName(size.name(), names));
        program.scalars().forEach(scalar -> checkName(scalar.name(), names));
        program.buffers()
                .forEach(buffer -> buffer.past().ifPresent(flag -> {
                    if (flag.type() != ValueType.I32 || !program.scalars().contains(flag)) {
                        throw new IllegalArgumentException(
                                "loop program: got %s written past caches by %s, wanted a scalar of i32"
                                        .formatted(buffer.name(), flag));
                    }
                }));
        for (Kernel kernel : program.kernels()) {
            checkName(kernel.name(), names);
            kernel.locals().forEach(local -> checkName(local.name(), names));
            new LoopVerifier(program, kernel).check(kernel);
        }
    }

    private static void checkName(String name, Set<String> names) {
        if (!name.matches(NAME) || !names.add(name)) {
            throw new IllegalArgumentException(
                    "loop program: got name %s, wanted a plain one used once".formatted(name));
        }
    }

    private void check(Kernel checked) {
        checked.locals().forEach(this::checkLocal);
        Optional<Memory.Local> open = TeamHazards.find(checked);
        require(open.isEmpty(), () -> "no barrier for %s".formatted(open.orElseThrow()));
        long bytes = checked.locals().stream()
                .filter(local -> local.where() != Memory.Local.Where.REGISTERS)
                .mapToLong(Memory.Local::bytes)
                .sum();
        require(
                bytes <= Memory.Local.MOST_BYTES,
                () -> "%d bytes of locals, wanted at most %d".formatted(bytes, Memory.Local.MOST_BYTES));
        for (Axis axis : checked.grid()) {
            checkIndex(axis.extent());
            require(variables.add(axis.variable().name()), () -> "counter %s twice".formatted(axis.variable()));
        }
        checked.grid().forEach(axis -> counters.add(axis.variable()));
        check(checked.body());
    }

    private void checkLocal(Memory.Local local) {
        boolean fits = switch (local.where()) {
            case STACK -> team.isEmpty();
            case SHARED -> team.isPresent() && team.get().isBlock();
            case REGISTERS -> team.isPresent();
        };
        require(
                fits,
                () -> "%s in %s of %s"
                        .formatted(
                                local,
                                local.where(),
                                team.map(of -> "a team of " + of.threads()).orElse("a processor")));
    }

    /* Each element of what is in registers belongs to the iteration of its number. */
    private void checkPlace(Memory memory, Index index) {
        if (memory instanceof Memory.Local local && local.where() == Memory.Local.Where.REGISTERS) {
            boolean isOwn = deal.isPresent()
                    && index.equals(Index.of(deal.get().variable()))
                    && deal.get().from().equals(Index.of(0))
                    && local.capacity()
                            == team.orElseThrow().threads()
                                    * deal.get().width()
                                    * deal.get().rounds();
            require(isOwn, () -> "%s[%s] is not the iteration's own".formatted(memory, index));
        }
    }

    private void check(Statement.Deal checked) {
        require(team.isPresent() && deal.isEmpty(), () -> "deal %s without a team".formatted(checked.variable()));
        int width = checked.width();
        require(
                width > 0
                        && width <= Statement.Deal.MOST_WIDTH
                        && Integer.bitCount(width) == 1
                        && checked.rounds() >= 0,
                () -> "deal %s by %d".formatted(checked.variable(), width));
        checkIndex(checked.from());
        checkIndex(checked.to());
        require(
                checked.from().divisor(_ -> 1) % width == 0 && checked.to().divisor(_ -> 1) % width == 0,
                () -> "deal %s by %d from %s to %s".formatted(checked.variable(), width, checked.from(), checked.to()));
        require(variables.add(checked.variable().name()), () -> "counter %s twice".formatted(checked.variable()));
        counters.add(checked.variable());
        deal = Optional.of(checked);
        check(checked.body());
        deal = Optional.empty();
        counters.removeLast();
    }

    private void check(List<Statement> body) {
        List<Value> defined = new ArrayList<>();
        List<Accumulator> begun = new ArrayList<>();
        for (Statement statement : body) {
            switch (statement) {
                case Statement.Define(Value value, Expression expression) -> {
                    require(numbers.add(value.number()), () -> "%s defined twice".formatted(value));
                    expression.operands().forEach(this::checkValue);
                    require(
                            value.type() == expression.type(),
                            () -> "%s is %s, its expression %s".formatted(value, value.type(), expression.type()));
                    checkExpression(value, expression);
                    values.add(value);
                    defined.add(value);
                }
                case Statement.Store(Memory memory, Index index, Value value) -> {
                    checkMemory(memory);
                    checkIndex(index);
                    checkValue(value);
                    require(
                            value.type() == ValueType.of(memory.dtype()),
                            () -> "%s stored to %s of %s".formatted(value.type(), memory, memory.dtype()));
                    checkPlace(memory, index);
                    Optional<Var> apart = deal.map(Statement.Deal::variable).or(() -> vector);
                    boolean spread = apart.isEmpty() || index.uses(apart.get()) || readsData(index);
                    require(
                            spread,
                            () -> "each iteration of %s stores to %s[%s]"
                                    .formatted(apart.orElseThrow(), memory, index));
                }
                case Statement.Begin(Accumulator accumulator) -> {
                    require(accumulator.type() != ValueType.BOOL, () -> "%s of bool".formatted(accumulator));
                    require(accumulators.add(accumulator), () -> "%s begun twice".formatted(accumulator));
                    begun.add(accumulator);
                    if (deal.isPresent() || vector.isPresent()) {
                        require(!accumulator.laned(), () -> "%s laned for one iteration".formatted(accumulator));
                        own.add(accumulator);
                    }
                }
                case Statement.Accumulate(Accumulator accumulator, Value value) -> {
                    checkValue(value);
                    require(accumulators.contains(accumulator), () -> "%s not begun".formatted(accumulator));
                    require(
                            value.type() == accumulator.type(),
                            () -> "%s added to %s of %s".formatted(value.type(), accumulator, accumulator.type()));
                    require(
                            accumulator.laned() == isShared(accumulator),
                            () -> "%s added to in the wrong kind of loop".formatted(accumulator));
                }
                case Statement.AccumulateProduct(Accumulator accumulator, Value a, Value b) ->
                    checkProduct(
                            accumulator,
                            a,
                            b,
                            accumulator.type().isFloat() && a.type() == accumulator.type() && b.type() == a.type(),
                            "product");
                case Statement.AccumulatePacked(Accumulator accumulator, Packed packed, Value a, Value b) -> {
                    checkProduct(
                            accumulator,
                            a,
                            b,
                            accumulator.type() == packed.sum() && a.type() == ValueType.I32 && b.type() == a.type(),
                            packed + " products");
                    require(team.isEmpty(), () -> "%s products by a team".formatted(packed));
                }
                case Statement.Check(Value condition, Memory.Buffer faults) -> {
                    checkValue(condition);
                    checkMemory(faults);
                    require(
                            condition.type() == ValueType.BOOL && faults.dtype() == DType.I32,
                            () -> "check of %s in %s".formatted(condition.type(), faults.dtype()));
                }
                case Statement.Prefetch(Memory.Buffer buffer, Index index) -> {
                    require(team.isEmpty(), () -> "prefetch of %s by a team".formatted(buffer));
                    checkMemory(buffer);
                    checkIndex(index);
                }
                case Statement.Loop loop -> {
                    require(
                            vector.isEmpty()
                                    || (loop.kind() == Statement.Loop.Kind.SERIAL
                                            && isUniform(loop.from())
                                            && isUniform(loop.to())),
                            () -> "loop %s inside of a vector loop".formatted(loop.variable()));
                    require(
                            team.isEmpty() || loop.kind() == Statement.Loop.Kind.SERIAL,
                            () -> "vector loop %s of a team".formatted(loop.variable()));
                    checkIndex(loop.from());
                    checkIndex(loop.to());
                    require(variables.add(loop.variable().name()), () -> "counter %s twice".formatted(loop.variable()));
                    counters.add(loop.variable());
                    if (loop.kind() == Statement.Loop.Kind.VECTOR) {
                        vector = Optional.of(loop.variable());
                        check(loop.body());
                        vector = Optional.empty();
                    } else {
                        check(loop.body());
                    }
                    counters.removeLast();
                }
                case Statement.Deal dealt -> check(dealt);
                case Statement.Barrier() ->
                    require(
                            deal.isEmpty() && team.isPresent() && team.get().isBlock(),
                            () -> "a barrier that not all threads of a block reach");
            }
        }
        defined.forEach(values::remove);
        begun.forEach(accumulators::remove);
    }

    private void checkProduct(Accumulator accumulator, Value a, Value b, boolean fits, String name) {
        checkValue(a);
        checkValue(b);
        require(accumulators.contains(accumulator), () -> "%s not begun".formatted(accumulator));
        require(
                accumulator.kind() == Accumulator.Kind.SUM && fits,
                () -> "%s of %s and %s added to %s of %s"
                        .formatted(name, a.type(), b.type(), accumulator, accumulator.type()));
        require(
                !accumulator.laned() && !isShared(accumulator),
                () -> "a product added to %s of several iterations".formatted(accumulator));
    }

    /* Whether iterations that are done side by side add to one. */
    private boolean isShared(Accumulator accumulator) {
        return (deal.isPresent() || vector.isPresent()) && !own.contains(accumulator);
    }

    /* Whether it is the same for all iterations of the vector loop around. */
    private boolean isUniform(Index index) {
        return !index.uses(vector.orElseThrow()) && !readsData(index);
    }

    private void checkExpression(Value value, Expression expression) {
        switch (expression) {
            case Expression.Load(Memory memory, Index index) -> {
                checkMemory(memory);
                checkIndex(index);
                checkPlace(memory, index);
            }
            case Expression.LoadPacked(Packed packed, Memory memory, Index index) -> {
                checkMemory(memory);
                checkIndex(index);
                require(
                        packed.isOf(memory.dtype()) && team.isEmpty(),
                        () -> "%s of %s%s".formatted(packed, memory.dtype(), team.isPresent() ? " of a team" : ""));
            }
            case Expression.Scalar(Argument.Scalar argument) ->
                require(program.scalars().contains(argument), () -> "unknown scalar %s".formatted(argument.name()));
            case Expression.Position(Index index) -> checkIndex(index);
            case Expression.Total(Accumulator accumulator) -> {
                require(accumulators.contains(accumulator), () -> "%s not begun".formatted(accumulator));
                require(
                        deal.isEmpty() || own.contains(accumulator),
                        () -> "%s joined by one iteration".formatted(accumulator));
            }
            case Expression.Literal _ -> {}
            case Expression.Unary(Expression.Function function, Value a) ->
                require(fits(function, a.type()), () -> "%s of %s".formatted(function, a.type()));
            case Expression.Binary(Expression.Operation operation, Value a, Value b) ->
                require(
                        a.type() == b.type() && fits(operation, a.type()),
                        () -> "%s of %s and %s".formatted(operation, a.type(), b.type()));
            case Expression.Fma(Value a, Value b, Value c) ->
                require(
                        a.type().isFloat() && a.type() == b.type() && b.type() == c.type(),
                        () -> "fma of %s, %s, %s".formatted(a.type(), b.type(), c.type()));
            case Expression.Compare(Expression.Relation relation, Value a, Value b) ->
                require(
                        a.type() == b.type() && a.type() != ValueType.BOOL,
                        () -> "%s of %s and %s".formatted(relation, a.type(), b.type()));
            case Expression.Select(Value condition, Value a, Value b) ->
                require(
                        condition.type() == ValueType.BOOL && a.type() == b.type(),
                        () -> "select of %s, %s, %s".formatted(condition.type(), a.type(), b.type()));
            case Expression.Cast(ValueType type, Value a) ->
                require(type != a.type(), () -> "cast of %s to itself".formatted(type));
            case Expression.Bits(ValueType type, Value a) ->
                require(
                        pairs(type, a.type()) || pairs(a.type(), type),
                        () -> "%s as bits of %s".formatted(a.type(), type));
            case Expression.Narrow(DType dtype, Value a) ->
                require(
                        dtype != DType.BOOL && ValueType.of(dtype) == a.type(),
                        () -> "%s narrowed to %s".formatted(a.type(), dtype));
        }
        require(value.number() >= 0, () -> "value %s".formatted(value));
    }

    private static boolean pairs(ValueType number, ValueType bits) {
        return (number == ValueType.F32 && bits == ValueType.I32) || (number == ValueType.F64 && bits == ValueType.I64);
    }

    private static boolean fits(Expression.Function function, ValueType type) {
        return switch (function) {
            case NEG, ABS -> type != ValueType.BOOL;
            case SQRT, FLOOR, ROUND -> type.isFloat();
            case NOT -> type == ValueType.BOOL;
        };
    }

    private static boolean fits(Expression.Operation operation, ValueType type) {
        return switch (operation) {
            case ADD, SUB, MUL, DIV, MAX, MIN -> type != ValueType.BOOL;
            case AND, OR, XOR -> !type.isFloat();
            case SHL, SHR -> type.isInteger();
        };
    }

    private static boolean readsData(Index index) {
        return switch (index) {
            case Index.Data _ -> true;
            case Index.Binary(var _, Index a, Index b) -> readsData(a) || readsData(b);
            case Index.Constant _, Index.Size _, Index.Counter _ -> false;
        };
    }

    private void checkIndex(Index index) {
        switch (index) {
            case Index.Constant _ -> {}
            case Index.Size(Argument.Size argument) ->
                require(program.sizes().contains(argument), () -> "unknown size %s".formatted(argument.name()));
            case Index.Counter(Var variable) ->
                require(counters.contains(variable), () -> "counter %s outside of its loop".formatted(variable));
            case Index.Data(Value value) -> {
                checkValue(value);
                require(value.type() == ValueType.I64, () -> "index %s of %s".formatted(value, value.type()));
            }
            case Index.Binary(var _, Index a, Index b) -> {
                checkIndex(a);
                checkIndex(b);
            }
        }
    }

    private void checkMemory(Memory memory) {
        require(memories.contains(memory), () -> "unknown memory %s".formatted(memory.name()));
    }

    private void checkValue(Value value) {
        require(values.contains(value), () -> "%s read where it is not known".formatted(value));
    }

    private void require(boolean holds, Supplier<String> rule) {
        if (!holds) {
            throw new IllegalArgumentException("loop program: kernel %s: %s".formatted(kernel, rule.get()));
        }
    }
}
