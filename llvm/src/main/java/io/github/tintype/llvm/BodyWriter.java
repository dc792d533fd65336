package io.github.tintype.llvm;

import static io.github.tintype.llvm.Emitter.llvm;

import io.github.tintype.loop.Accumulator;
import io.github.tintype.loop.Argument;
import io.github.tintype.loop.Expression;
import io.github.tintype.loop.Index;
import io.github.tintype.loop.Kernel;
import io.github.tintype.loop.Memory;
import io.github.tintype.loop.Packed;
import io.github.tintype.loop.Program;
import io.github.tintype.loop.Statement;
import io.github.tintype.loop.Value;
import io.github.tintype.loop.ValueType;
import io.github.tintype.loop.Var;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What the kernels of processors and of GPUs have in common: arguments, definitions, stores, serial loops. One iteration, or as many as a register has lanes. */
abstract class BodyWriter {
    /**
     * The result of a definition.
     *
     * @param name its name or literal
     * @param vector whether it is a register with a value for each lane, or the same for all
     */
    record Operand(String name, boolean vector) {}

    final Program program;
    final Kernel kernel;
    final Emitter e;
    final Arithmetic arithmetic;
    final MemoryAccess memory;
    final Map<Memory, String> bases = new HashMap<>();
    final Map<Var, String> counters = new HashMap<>();
    Optional<Lanes> lanes = Optional.empty();
    private final Indices indices;
    final Map<Argument, String> arguments = new HashMap<>();
    private final Map<Value, Operand> values = new HashMap<>();
    /* Of one of the groups of iterations that are written side by side, what they have for themselves. */
    private Map<Value, Operand> own = values;

    BodyWriter(Program program, Kernel kernel, Emitter emitter) {
        this.program = program;
        this.kernel = kernel;
        e = emitter;
        arithmetic = new Arithmetic(e);
        indices = new Indices(e, size -> Objects.requireNonNull(arguments.get(size)));
        memory = new MemoryAccess(e, new Conversions(e));
    }

    /** The function's instructions. */
    abstract void write();

    /** A statement that processors and GPUs do differently. */
    abstract void statement(Statement statement);

    /** What an accumulator holds next, of what it holds and whether that is a register of lanes. */
    interface Next {
        String of(String old, boolean vector);
    }

    /** Puts what {@code next} says in the place of what an accumulator holds. */
    abstract void update(Accumulator accumulator, Next next);

    final void accumulateProduct(Accumulator accumulator, Value a, Value b) {
        update(accumulator, (old, v) -> arithmetic.fma(accumulator.type(), as(a, v), as(b, v), old, v));
    }

    /** What an accumulator has come to. */
    abstract Operand total(Accumulator accumulator);

    /** Whether rows are written past the caches here, where their addresses are known to be multiples of a register's bytes. */
    abstract boolean goesPast(Memory target);

    /** What the address of a row of elements is a multiple of, in bytes. */
    abstract int alignment(Memory of, Index index);

    final void arguments() {
        for (Memory.Buffer buffer : program.buffers()) {
            bases.put(buffer, base(buffer, argument(program.word(buffer))));
        }
        for (Argument.Size size : program.sizes()) {
            arguments.put(size, e.emit("load i64, ptr {}, align 8", argument(program.word(size))));
        }
        for (Argument.Scalar scalar : program.scalars()) {
            String at = argument(program.word(scalar));
            arguments.put(scalar, e.emit("load {}, ptr {}, align 8", llvm(scalar.type()), at));
        }
    }

    /** The address that stands in the word at {@code argument}. */
    abstract String base(Memory.Buffer buffer, String argument);

    private String argument(int word) {
        return e.emit("getelementptr i64, ptr %arguments, i64 {}", word);
    }

    final void statements(List<Statement> body) {
        for (Statement statement : body) {
            switch (statement) {
                case Statement.Define(Value value, Expression expression) -> own.put(value, operand(expression));
                case Statement.Store _,
                        Statement.Begin _,
                        Statement.Accumulate _,
                        Statement.AccumulateProduct _,
                        Statement.AccumulatePacked _,
                        Statement.Check _,
                        Statement.Prefetch _,
                        Statement.Loop _,
                        Statement.Deal _,
                        Statement.Barrier _ -> statement(statement);
            }
        }
    }

    /**
     * Statement after statement for all of these iterations: a processor looks a few dozen instructions ahead, and while some wait for their operands it has the others' to
     * do. Not for bodies with loops.
     */
    final void sideBySide(List<Lanes> groups, List<Statement> body) {
        List<Map<Value, Operand>> owns =
                groups.stream().<Map<Value, Operand>>map(_ -> new HashMap<>()).toList();
        for (Statement statement : body) {
            for (int i = 0; i < groups.size(); i++) {
                lanes = Optional.of(groups.get(i));
                own = owns.get(i);
                statements(List.of(statement));
            }
        }
        own = values;
    }

    final void serial(Statement.Loop loop) {
        String to = index(loop.to());
        loop(index(loop.from()), to, 1, counter -> {
            counters.put(loop.variable(), counter);
            statements(loop.body());
        });
    }

    /** Counts from {@code from} while it is below {@code to}; the name of the counter's last value is returned. */
    final String loop(String from, String to, Object step, Consumer<String> body) {
        String slot = e.alloca("i64", 8);
        String head = e.freshLabel("head");
        String inside = e.freshLabel("loop");
        String after = e.freshLabel("after");
        e.line("store i64 {}, ptr {}", from, slot);
        e.line("br label %{}", head);
        e.label(head);
        String counter = e.emit("load i64, ptr {}", slot);
        e.line("br i1 {}, label %{}, label %{}", e.emit("icmp slt i64 {}, {}", counter, to), inside, after);
        e.label(inside);
        body.accept(counter);
        e.line("store i64 {}, ptr {}", e.emit("add nsw i64 {}, {}", counter, step), slot);
        e.line("br label %{}", head);
        e.label(after);
        return counter;
    }

    /* 0, 1, 2, … in the lanes. */
    final String numbers(String type) {
        return IntStream.range(0, e.lanes()).mapToObj(i -> type + " " + i).collect(Collectors.joining(", ", "<", ">"));
    }

    final String index(Index index) {
        return indices.emit(index, this::counter, value -> get(value).name());
    }

    private String counter(Var variable) {
        if (lanes.isPresent() && lanes.get().variable().equals(variable)) {
            return lanes.get().first();
        }
        return Objects.requireNonNull(counters.get(variable));
    }

    private String index(Index index, Lanes of, int lane) {
        return indices.emit(
                index, variable -> of.variable().equals(variable) ? of.counter(e, lane) : counter(variable), value -> {
                    Operand operand = get(value);
                    return operand.vector()
                            ? e.emit("extractelement {} {}, i64 {}", e.of("i64", true), operand.name(), lane)
                            : operand.name();
                });
    }

    private List<String> indices(Index index, Lanes of) {
        return IntStream.range(0, e.lanes())
                .mapToObj(lane -> index(index, of, lane))
                .toList();
    }

    final Operand get(Value value) {
        Operand operand = own.get(value);
        return operand != null ? operand : Objects.requireNonNull(values.get(value));
    }

    /* How an index moves from lane to lane. */
    private enum Motion {
        NONE,
        NEXT,
        ANYHOW
    }

    private Motion motion(Index index, Lanes of) {
        if (hasVaryingData(index)) {
            return Motion.ANYHOW;
        }
        var step = Indices.step(index, of.variable());
        if (step.isEmpty()) {
            return Motion.ANYHOW;
        }
        return step.getAsLong() == 0 ? Motion.NONE : step.getAsLong() == 1 ? Motion.NEXT : Motion.ANYHOW;
    }

    /** Whether it is the place of neighbours, whatever a loop's body computes. */
    final boolean isRow(Index index, Lanes of) {
        return !hasData(index) && motion(index, of) == Motion.NEXT;
    }

    private static boolean hasData(Index index) {
        return switch (index) {
            case Index.Data _ -> true;
            case Index.Binary(var _, Index a, Index b) -> hasData(a) || hasData(b);
            case Index.Constant _, Index.Size _, Index.Counter _ -> false;
        };
    }

    private boolean hasVaryingData(Index index) {
        return switch (index) {
            case Index.Data(Value value) -> get(value).vector();
            case Index.Binary(var _, Index a, Index b) -> hasVaryingData(a) || hasVaryingData(b);
            case Index.Constant _, Index.Size _, Index.Counter _ -> false;
        };
    }

    private Operand operand(Expression expression) {
        return switch (expression) {
            case Expression.Load(Memory source, Index index) -> load(source, index);
            case Expression.LoadPacked(Packed packed, Memory source, Index index) -> loadPacked(packed, source, index);
            case Expression.Literal(ValueType type, long bits) -> new Operand(Arithmetic.literal(type, bits), false);
            case Expression.Scalar(Argument.Scalar argument) ->
                new Operand(Objects.requireNonNull(arguments.get(argument)), false);
            case Expression.Position(Index index) -> position(index);
            case Expression.Total(Accumulator accumulator) -> total(accumulator);
            default -> compute(expression);
        };
    }

    /** An element, or one for each lane. */
    Operand load(Memory source, Index index) {
        String base = Objects.requireNonNull(bases.get(source));
        if (lanes.isEmpty() || motion(index, lanes.get()) == Motion.NONE) {
            return new Operand(memory.load(source, base, index(index)), false);
        }
        Lanes now = lanes.get();
        return motion(index, now) == Motion.NEXT
                ? new Operand(memory.loadRow(source, base, index(index), now.mask(), alignment(source, index)), true)
                : new Operand(memory.gather(source, base, indices(index, now)), true);
    }

    /* Whole registers of neighbours are widened together. */
    private Operand loadPacked(Packed packed, Memory source, Index index) {
        String base = Objects.requireNonNull(bases.get(source));
        if (lanes.isEmpty() || motion(index, lanes.get()) == Motion.NONE) {
            return new Operand(memory.loadPacked(packed, source, base, index(index)), false);
        }
        Lanes now = lanes.get();
        return motion(index, now) == Motion.NEXT && now.mask().isEmpty()
                ? new Operand(memory.loadPackedRow(packed, source, base, index(index)), true)
                : new Operand(memory.gatherPacked(packed, source, base, indices(index, now)), true);
    }

    private Operand position(Index index) {
        if (lanes.isEmpty() || motion(index, lanes.get()) == Motion.NONE) {
            return new Operand(index(index), false);
        }
        Lanes now = lanes.get();
        if (motion(index, now) == Motion.NEXT) {
            String first = e.splat("i64", index(index));
            return new Operand(e.emit("add {} {}, {}", e.of("i64", true), first, numbers("i64")), true);
        }
        return new Operand(memory.collect("i64", indices(index, now)), true);
    }

    private Operand compute(Expression expression) {
        List<Value> operands = expression.operands();
        boolean v = operands.stream().anyMatch(value -> get(value).vector());
        List<String> x = operands.stream().map(value -> as(value, v)).toList();
        return new Operand(
                switch (expression) {
                    case Expression.Unary(var function, Value a) -> arithmetic.unary(function, a.type(), x.get(0), v);
                    case Expression.Binary(var operation, Value a, Value _) ->
                        arithmetic.binary(operation, a.type(), x.get(0), x.get(1), v);
                    case Expression.Fma(Value a, Value _, Value _) ->
                        arithmetic.fma(a.type(), x.get(0), x.get(1), x.get(2), v);
                    case Expression.Compare(var relation, Value a, Value _) ->
                        arithmetic.compare(relation, a.type(), x.get(0), x.get(1), v);
                    case Expression.Select(Value _, Value a, Value _) ->
                        arithmetic.select(x.get(0), x.get(1), x.get(2), a.type(), v);
                    case Expression.Cast(ValueType type, Value a) -> arithmetic.cast(a.type(), type, x.get(0), v);
                    case Expression.Bits(ValueType type, Value a) -> arithmetic.bits(a.type(), type, x.get(0), v);
                    case Expression.Narrow(var dtype, Value _) -> memory.narrow(dtype, x.get(0), v);
                    case Expression.Load _,
                            Expression.LoadPacked _,
                            Expression.Literal _,
                            Expression.Scalar _,
                            Expression.Position _,
                            Expression.Total _ -> throw new IllegalStateException("not computed: " + expression);
                },
                v);
    }

    /* An operand as a register or as a single value. */
    final String as(Value value, boolean vector) {
        Operand operand = get(value);
        return vector && !operand.vector() ? e.splat(llvm(value.type()), operand.name()) : operand.name();
    }

    /** Writes an element, or one from each lane. */
    void store(Memory target, Index index, Value value) {
        String base = Objects.requireNonNull(bases.get(target));
        if (lanes.isEmpty()) {
            memory.store(target, base, index(index), get(value).name());
            return;
        }
        Lanes now = lanes.get();
        if (motion(index, now) == Motion.NEXT) {
            if (now.mask().isEmpty() && goesPast(target)) {
                memory.storeRowPast(target, base, index(index), as(value, true));
                return;
            }
            memory.storeRow(target, base, index(index), as(value, true), now.mask(), alignment(target, index));
            return;
        }
        memory.scatter(target, base, indices(index, now), as(value, true), now.mask());
    }
}
