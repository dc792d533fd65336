package io.github.tintype.llvm;

import static io.github.tintype.llvm.Emitter.llvm;

import io.github.tintype.loop.Accumulator;
import io.github.tintype.loop.Argument;
import io.github.tintype.loop.Axis;
import io.github.tintype.loop.Expression;
import io.github.tintype.loop.Index;
import io.github.tintype.loop.Kernel;
import io.github.tintype.loop.Memory;
import io.github.tintype.loop.Program;
import io.github.tintype.loop.Statement;
import io.github.tintype.loop.Value;
import io.github.tintype.loop.ValueType;
import io.github.tintype.loop.Var;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;

/** One kernel in LLVM's language. */
final class KernelWriter {
    /**
     * The result of a definition.
     *
     * @param name its name or literal
     * @param vector whether it is a register with a value for each lane, or the same for all
     */
    private record Operand(String name, boolean vector) {}

    private final Program program;
    private final Kernel kernel;
    private final Emitter e;
    private final Arithmetic arithmetic;
    private final Indices indices;
    private final MemoryAccess memory;
    private final Map<Argument, String> arguments = new HashMap<>();
    private final Map<Memory, String> bases = new HashMap<>();
    private final Map<Var, String> counters = new HashMap<>();
    private final Map<Value, Operand> values = new HashMap<>();
    /* The registers of an accumulator on the stack, from which LLVM takes them into registers. */
    private final Map<Accumulator, List<String>> accumulators = new HashMap<>();
    private Optional<Lanes> lanes = Optional.empty();

    KernelWriter(Program program, Kernel kernel, Emitter emitter) {
        this.program = program;
        this.kernel = kernel;
        e = emitter;
        arithmetic = new Arithmetic(e);
        indices = new Indices(e, size -> Objects.requireNonNull(arguments.get(size)));
        memory = new MemoryAccess(e, new Conversions(e));
    }

    void write() {
        for (Memory.Buffer buffer : program.buffers()) {
            bases.put(buffer, e.emit("load ptr, ptr {}, align 8", argument(program.word(buffer))));
        }
        for (Argument.Size size : program.sizes()) {
            arguments.put(size, e.emit("load i64, ptr {}, align 8", argument(program.word(size))));
        }
        for (Argument.Scalar scalar : program.scalars()) {
            String at = argument(program.word(scalar));
            arguments.put(scalar, e.emit("load {}, ptr {}, align 8", llvm(scalar.type()), at));
        }
        for (Memory.Local local : kernel.locals()) {
            String type = "[%d x %s]".formatted(local.capacity(), memory.type(local));
            bases.put(local, e.alloca(type, 64));
        }
        grid();
    }

    private String argument(int word) {
        return e.emit("getelementptr i64, ptr %arguments, i64 {}", word);
    }

    /* The counters of the grid are divided out once and then counted on. */
    private void grid() {
        List<String> extents =
                kernel.grid().stream().map(axis -> index(axis.extent())).toList();
        String body = e.freshLabel("point");
        String done = e.freshLabel("done");
        String rest = "%begin";
        List<String> slots = new ArrayList<>();
        String any = e.emit("icmp slt i64 %begin, %end");
        String begin = e.freshLabel("begin");
        e.line("br i1 {}, label %{}, label %{}", any, begin, done);
        e.label(begin);
        for (int i = extents.size() - 1; i >= 0; i--) {
            String slot = e.alloca("i64", 8);
            slots.addFirst(slot);
            e.line("store i64 {}, ptr {}", e.emit("urem i64 {}, {}", rest, extents.get(i)), slot);
            rest = i == 0 ? rest : e.emit("udiv i64 {}, {}", rest, extents.get(i));
        }
        String point = e.alloca("i64", 8);
        e.line("store i64 %begin, ptr {}", point);
        e.line("br label %{}", body);
        e.label(body);
        for (int i = 0; i < slots.size(); i++) {
            Axis axis = kernel.grid().get(i);
            counters.put(axis.variable(), e.emit("load i64, ptr {}", slots.get(i)));
        }
        statements(kernel.body());
        String carry = "true";
        for (int i = slots.size() - 1; i >= 0; i--) {
            String counter =
                    Objects.requireNonNull(counters.get(kernel.grid().get(i).variable()));
            String next = e.emit("add nsw i64 {}, {}", counter, e.emit("zext i1 {} to i64", carry));
            carry = e.emit("icmp eq i64 {}, {}", next, extents.get(i));
            e.line("store i64 {}, ptr {}", e.emit("select i1 {}, i64 0, i64 {}", carry, next), slots.get(i));
        }
        String following = e.emit("add nsw i64 {}, 1", e.emit("load i64, ptr {}", point));
        e.line("store i64 {}, ptr {}", following, point);
        e.line("br i1 {}, label %{}, label %{}", e.emit("icmp slt i64 {}, %end", following), body, done);
        e.label(done);
        e.line("ret void");
    }

    private void statements(List<Statement> body) {
        for (Statement statement : body) {
            switch (statement) {
                case Statement.Define(Value value, Expression expression) -> values.put(value, operand(expression));
                case Statement.Store(Memory target, Index index, Value value) -> store(target, index, value);
                case Statement.Begin(Accumulator accumulator) -> begin(accumulator);
                case Statement.Accumulate(Accumulator accumulator, Value value) -> accumulate(accumulator, value);
                case Statement.Check(Value condition, Memory.Buffer faults) -> check(condition, faults);
                case Statement.Loop loop -> {
                    switch (loop.kind()) {
                        case SERIAL -> serial(loop);
                        case VECTOR -> vector(loop);
                    }
                }
            }
        }
    }

    private void serial(Statement.Loop loop) {
        String to = index(loop.to());
        loop(index(loop.from()), to, 1, counter -> {
            counters.put(loop.variable(), counter);
            statements(loop.body());
        });
    }

    /** Counts from {@code from} while it is below {@code to}; the name of the counter's last value is returned. */
    private String loop(String from, String to, int step, java.util.function.Consumer<String> body) {
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

    /*
     * Whole registers first, then the rest with a mask. A loop that adds up takes as many iterations at once as an accumulator has lanes, so
     * that each iteration has its lane.
     */
    private void vector(Statement.Loop loop) {
        boolean adds = loop.body().stream().anyMatch(Statement.Accumulate.class::isInstance);
        int chunks = adds ? Accumulator.LANES / e.lanes() : 1;
        int step = chunks * e.lanes();
        String from = index(loop.from());
        String to = index(loop.to());
        String whole = e.emit("and i64 {}, {}", e.emit("sub nsw i64 {}, {}", to, from), -step);
        String rest = loop(from, e.emit("add nsw i64 {}, {}", from, whole), step, counter -> {
            for (int chunk = 0; chunk < chunks; chunk++) {
                String first = chunk == 0 ? counter : e.emit("add nsw i64 {}, {}", counter, chunk * e.lanes());
                lanes = Optional.of(Lanes.all(loop.variable(), first, chunk));
                statements(loop.body());
            }
        });
        for (int chunk = 0; chunk < chunks; chunk++) {
            String first = chunk == 0 ? rest : e.emit("add nsw i64 {}, {}", rest, chunk * e.lanes());
            partial(loop, first, to, chunk);
        }
        lanes = Optional.empty();
    }

    private void partial(Statement.Loop loop, String first, String to, int chunk) {
        String some = e.freshLabel("rest");
        String after = e.freshLabel("after");
        String left = e.emit("sub nsw i64 {}, {}", to, first);
        e.line("br i1 {}, label %{}, label %{}", e.emit("icmp sgt i64 {}, 0", left), some, after);
        e.label(some);
        String count = e.splat("i32", e.emit("trunc i64 {} to i32", left));
        String mask = e.emit("icmp slt {} {}, {}", e.of("i32", true), numbers("i32"), count);
        lanes = Optional.of(Lanes.some(loop.variable(), first, mask, chunk, e.emit("sub nsw i64 {}, 1", to)));
        statements(loop.body());
        e.line("br label %{}", after);
        e.label(after);
    }

    /* 0, 1, 2, … in the lanes. */
    private String numbers(String type) {
        return IntStream.range(0, e.lanes())
                .mapToObj(i -> type + " " + i)
                .collect(java.util.stream.Collectors.joining(", ", "<", ">"));
    }

    private String index(Index index) {
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
                    return operand.vector
                            ? e.emit("extractelement {} {}, i64 {}", e.of("i64", true), operand.name, lane)
                            : operand.name;
                });
    }

    private List<String> indices(Index index, Lanes of) {
        return IntStream.range(0, e.lanes())
                .mapToObj(lane -> index(index, of, lane))
                .toList();
    }

    private Operand get(Value value) {
        return Objects.requireNonNull(values.get(value));
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

    private boolean hasVaryingData(Index index) {
        return switch (index) {
            case Index.Data(Value value) -> get(value).vector;
            case Index.Binary(var _, Index a, Index b) -> hasVaryingData(a) || hasVaryingData(b);
            case Index.Constant _, Index.Size _, Index.Counter _ -> false;
        };
    }

    private Operand operand(Expression expression) {
        return switch (expression) {
            case Expression.Load(Memory source, Index index) -> load(source, index);
            case Expression.Literal(ValueType type, long bits) -> new Operand(Arithmetic.literal(type, bits), false);
            case Expression.Scalar(Argument.Scalar argument) ->
                new Operand(Objects.requireNonNull(arguments.get(argument)), false);
            case Expression.Position(Index index) -> position(index);
            case Expression.Total(Accumulator accumulator) -> new Operand(total(accumulator), false);
            default -> compute(expression);
        };
    }

    private Operand load(Memory source, Index index) {
        String base = Objects.requireNonNull(bases.get(source));
        if (lanes.isEmpty() || motion(index, lanes.get()) == Motion.NONE) {
            return new Operand(memory.load(source, base, index(index)), false);
        }
        Lanes now = lanes.get();
        return motion(index, now) == Motion.NEXT
                ? new Operand(memory.loadRow(source, base, index(index), now.mask()), true)
                : new Operand(memory.gather(source, base, indices(index, now)), true);
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
        boolean v = operands.stream().anyMatch(value -> get(value).vector);
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
                            Expression.Literal _,
                            Expression.Scalar _,
                            Expression.Position _,
                            Expression.Total _ -> throw new IllegalStateException("not computed: " + expression);
                },
                v);
    }

    /* An operand as a register or as a single value. */
    private String as(Value value, boolean vector) {
        Operand operand = get(value);
        return vector && !operand.vector ? e.splat(llvm(value.type()), operand.name) : operand.name;
    }

    private void store(Memory target, Index index, Value value) {
        String base = Objects.requireNonNull(bases.get(target));
        if (lanes.isEmpty()) {
            memory.store(target, base, index(index), get(value).name());
            return;
        }
        Lanes now = lanes.get();
        if (motion(index, now) == Motion.NEXT) {
            memory.storeRow(target, base, index(index), as(value, true), now.mask());
            return;
        }
        memory.scatter(target, base, indices(index, now), as(value, true), now.mask());
    }

    private void begin(Accumulator accumulator) {
        String type = e.of(llvm(accumulator.type()), accumulator.laned());
        String identity = e.constant(
                llvm(accumulator.type()),
                Arithmetic.literal(accumulator.type(), accumulator.identity()),
                accumulator.laned());
        List<String> registers = accumulators.computeIfAbsent(
                accumulator,
                _ -> IntStream.range(0, accumulator.laned() ? Accumulator.LANES / e.lanes() : 1)
                        .mapToObj(_ -> e.alloca(type, 64))
                        .toList());
        registers.forEach(register -> e.line("store {} {}, ptr {}", type, identity, register));
    }

    private void accumulate(Accumulator accumulator, Value value) {
        boolean v = accumulator.laned();
        List<String> registers = Objects.requireNonNull(accumulators.get(accumulator));
        String register = registers.get(v ? lanes.orElseThrow().chunk() : 0);
        String type = e.of(llvm(accumulator.type()), v);
        String old = e.emit("load {}, ptr {}", type, register);
        String sum = arithmetic.binary(accumulator.kind().operation(), accumulator.type(), old, as(value, v), v);
        if (v && lanes.orElseThrow().mask().isPresent()) {
            sum = arithmetic.select(lanes.get().mask().get(), sum, old, accumulator.type(), true);
        }
        e.line("store {} {}, ptr {}", type, sum, register);
    }

    private String total(Accumulator accumulator) {
        Expression.Operation operation = accumulator.kind().operation();
        ValueType type = accumulator.type();
        boolean v = accumulator.laned();
        List<String> parts = Objects.requireNonNull(accumulators.get(accumulator)).stream()
                .map(register -> e.emit("load {}, ptr {}", e.of(llvm(type), v), register))
                .toList();
        while (parts.size() > 1) {
            int half = parts.size() / 2;
            List<String> whole = parts;
            parts = IntStream.range(0, half)
                    .mapToObj(i -> arithmetic.binary(operation, type, whole.get(i), whole.get(i + half), v))
                    .toList();
        }
        String joined = parts.getFirst();
        if (!v) {
            return joined;
        }
        // Lane k and lane k + half: the upper half is brought down, what is left beside it doesn't matter.
        for (int half = e.lanes() / 2; half > 0; half /= 2) {
            int distance = half;
            String order = IntStream.range(0, e.lanes())
                    .mapToObj(i -> "i32 " + (i < distance ? i + distance : i))
                    .collect(java.util.stream.Collectors.joining(", ", "<", ">"));
            String register = e.of(llvm(type), true);
            String upper = e.emit(
                    "shufflevector {} {}, {} poison, <{} x i32> {}", register, joined, register, e.lanes(), order);
            joined = arithmetic.binary(operation, type, joined, upper, true);
        }
        return e.emit("extractelement {} {}, i64 0", e.of(llvm(type), true), joined);
    }

    private void check(Value condition, Memory.Buffer faults) {
        Operand operand = get(condition);
        String holds = operand.name;
        if (operand.vector) {
            int count = e.lanes();
            Optional<String> mask = lanes.orElseThrow().mask();
            if (mask.isPresent()) {
                String outside = e.emit("xor {} {}, {}", e.of("i1", true), mask.get(), e.constant("i1", "true", true));
                holds = e.emit("or {} {}, {}", e.of("i1", true), holds, outside);
            }
            String bits = e.emit("bitcast {} {} to i{}", e.of("i1", true), holds, count);
            holds = e.emit("icmp eq i{} {}, -1", count, bits);
        }
        String fault = e.freshLabel("fault");
        String after = e.freshLabel("after");
        e.line("br i1 {}, label %{}, label %{}", holds, after, fault);
        e.label(fault);
        e.line("store i32 1, ptr {}", Objects.requireNonNull(bases.get(faults)));
        e.line("br label %{}", after);
        e.label(after);
    }
}
