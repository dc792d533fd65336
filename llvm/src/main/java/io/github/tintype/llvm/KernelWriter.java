package io.github.tintype.llvm;

import static io.github.tintype.llvm.Emitter.llvm;

import io.github.tintype.loop.Accumulator;
import io.github.tintype.loop.Argument;
import io.github.tintype.loop.Axis;
import io.github.tintype.loop.Expression;
import io.github.tintype.loop.Index;
import io.github.tintype.loop.Kernel;
import io.github.tintype.loop.Memory;
import io.github.tintype.loop.Packed;
import io.github.tintype.loop.Program;
import io.github.tintype.loop.Statement;
import io.github.tintype.loop.Value;
import io.github.tintype.loop.ValueType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** One kernel of a processor in LLVM's language. */
final class KernelWriter extends BodyWriter {
    private static final int LINE_BYTES = 64;
    /* More at once want more registers than AVX2 has: four took a third longer than two. */
    private static final int SIDE_BY_SIDE = 2;
    private static final int LEAST_CHAIN = 8;
    /* Registers whose extremes are found together: a power of two, as many as accumulators have of SSE. */
    private static final int EXTREMES = 4;
    /* The narrowest register that can go past the caches at once. */
    private static final int LEAST_ROW = 16;

    /* The registers of an accumulator on the stack, from which LLVM takes them into registers. */
    private final Map<Accumulator, List<String>> accumulators = new HashMap<>();

    /* What is accumulated by whom, if it doesn't go to the accumulators yet. */
    private Optional<Map<Accumulator, List<String>>> gathered = Optional.empty();
    /* What the loop that is being written sends past the caches. */
    private Set<Memory> pastCaches = Set.of();
    private boolean fences;

    KernelWriter(Program program, Kernel kernel, Emitter emitter) {
        super(program, kernel, emitter);
    }

    @Override
    void write() {
        arguments();
        for (Memory.Local local : kernel.locals()) {
            String type = "[%d x %s]".formatted(local.capacity(), memory.type(local));
            bases.put(local, e.alloca(type, 64));
        }
        grid();
    }

    @Override
    String base(Memory.Buffer buffer, String argument) {
        return e.emit("load ptr, ptr {}, align 8", argument);
    }

    @Override
    int alignment(Memory of, Index index) {
        return of.dtype().bytes();
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
        if (fences) {
            memory.fence();
        }
        e.line("ret void");
    }

    @Override
    void statement(Statement statement) {
        switch (statement) {
            case Statement.Store(Memory target, Index index, Value value) -> store(target, index, value);
            case Statement.Begin(Accumulator accumulator) -> begin(accumulator);
            case Statement.Accumulate(Accumulator accumulator, Value value) -> accumulate(accumulator, value);
            case Statement.AccumulateProduct(Accumulator accumulator, Value a, Value b) ->
                accumulateProduct(accumulator, a, b);
            case Statement.AccumulatePacked(Accumulator accumulator, Packed packed, Value a, Value b) ->
                update(accumulator, (old, v) -> arithmetic.addPacked(packed, as(a, v), as(b, v), old, v));
            case Statement.Check(Value condition, Memory.Buffer faults) -> check(condition, faults);
            case Statement.Prefetch(Memory.Buffer buffer, Index index) -> prefetch(buffer, index);
            case Statement.Loop loop -> {
                switch (loop.kind()) {
                    case SERIAL -> serial(loop);
                    case VECTOR -> vector(loop);
                }
            }
            case Statement.Define _, Statement.Deal _, Statement.Barrier _ ->
                throw new IllegalStateException("not of a processor: " + statement);
        }
    }

    /*
     * One that writes what may go past the caches is written twice: with such stores, and without.
     *
     * Whole registers first, then the rest with a mask. A loop that adds up takes as many iterations at once as an accumulator has lanes, so
     * that each iteration has its lane. Long chains of operations are written for two registers side by side.
     */
    private void vector(Statement.Loop loop) {
        List<Statement.Store> rows = rowsThatMayGoPast(loop);
        if (rows.isEmpty()) {
            iterations(loop);
            return;
        }
        String past = e.freshLabel("past");
        String through = e.freshLabel("through");
        String after = e.freshLabel("after");
        e.line("br i1 {}, label %{}, label %{}", goPast(loop, rows), past, through);
        e.label(past);
        pastCaches = rows.stream().map(Statement.Store::memory).collect(Collectors.toSet());
        iterations(loop);
        pastCaches = Set.of();
        e.line("br label %{}", after);
        e.label(through);
        iterations(loop);
        e.line("br label %{}", after);
        e.label(after);
        fences = true;
    }

    /* Stores of neighbours to such a buffer; none if others go there, too. */
    private List<Statement.Store> rowsThatMayGoPast(Statement.Loop loop) {
        Lanes first = Lanes.all(loop.variable(), "0", 0);
        List<Statement.Store> rows = new ArrayList<>();
        for (Statement statement : loop.body()) {
            if (statement instanceof Statement.Store store
                    && store.memory() instanceof Memory.Buffer buffer
                    && buffer.past().isPresent()
                    && memory.rowBytes(buffer) >= LEAST_ROW) {
                if (!isRow(store.index(), first)) {
                    return List.of();
                }
                rows.add(store);
            }
        }
        return rows;
    }

    /* Whether the caller wants it and all rows begin at multiples of a register. */
    private String goPast(Statement.Loop loop, List<Statement.Store> rows) {
        lanes = Optional.of(Lanes.all(loop.variable(), index(loop.from()), 0));
        String all = "true";
        for (Statement.Store store : rows) {
            Memory.Buffer buffer = (Memory.Buffer) store.memory();
            String base = Objects.requireNonNull(bases.get(buffer));
            String address = memory.addressBits(buffer, base, index(store.index()));
            String rest = e.emit("and i64 {}, {}", address, memory.rowBytes(buffer) - 1);
            String aligned = e.emit("icmp eq i64 {}, 0", rest);
            String wanted = isSet(buffer.past().orElseThrow());
            all = e.emit("and i1 {}, {}", all, e.emit("and i1 {}, {}", aligned, wanted));
        }
        lanes = Optional.empty();
        return all;
    }

    private String isSet(Argument.Scalar flag) {
        return e.emit("icmp ne i32 {}, 0", Objects.requireNonNull(arguments.get(flag)));
    }

    @Override
    boolean goesPast(Memory target) {
        return pastCaches.contains(target);
    }

    private void iterations(Statement.Loop loop) {
        boolean adds = loop.body().stream()
                .anyMatch(statement ->
                        statement instanceof Statement.Accumulate(Accumulator into, Value _) && into.laned());
        boolean isChain = isChain(loop.body());
        int chunks = adds ? Accumulator.LANES / e.lanes() : isChain ? SIDE_BY_SIDE : 1;
        int step = chunks * e.lanes();
        String to = index(loop.to());
        String begin = index(loop.from());
        String from = adds && findsExtremes(loop.body()) ? severalExtremes(loop, begin, to, chunks) : begin;
        String whole = e.emit("and i64 {}, {}", e.emit("sub nsw i64 {}, {}", to, from), -step);
        String rest = loop(from, e.emit("add nsw i64 {}, {}", from, whole), step, counter -> {
            int together = isChain ? Math.min(SIDE_BY_SIDE, chunks) : 1;
            for (int chunk = 0; chunk < chunks; chunk += together) {
                List<Lanes> groups = new ArrayList<>();
                for (int i = chunk; i < chunk + together; i++) {
                    String first = i == 0 ? counter : e.emit("add nsw i64 {}, {}", counter, i * e.lanes());
                    groups.add(Lanes.all(loop.variable(), first, i));
                }
                sideBySide(groups, loop.body());
            }
        });
        for (int chunk = 0; chunk < chunks; chunk++) {
            String first = chunk == 0 ? rest : e.emit("add nsw i64 {}, {}", rest, chunk * e.lanes());
            partial(loop, first, to, chunk);
        }
        lanes = Optional.empty();
    }

    /* Of these alone the order doesn't matter: of equal numbers the last is kept whichever are compared first, and NaN anyhow. */
    private static boolean findsExtremes(List<Statement> body) {
        return body.stream().allMatch(statement -> switch (statement) {
            case Statement.Define _, Statement.Prefetch _ -> true;
            case Statement.Accumulate(Accumulator into, Value _) ->
                into.laned() && (into.kind() == Accumulator.Kind.MAX || into.kind() == Accumulator.Kind.MIN);
            case Statement.Store _,
                    Statement.Begin _,
                    Statement.AccumulateProduct _,
                    Statement.AccumulatePacked _,
                    Statement.Check _,
                    Statement.Loop _,
                    Statement.Deal _,
                    Statement.Barrier _ -> false;
        });
    }

    /*
     * Registers as long as there are several, of which the extremes are found before they meet the accumulator: each waits for the one before there, three operations with AVX-512. The name of
     * the counter's last value.
     */
    private String severalExtremes(Statement.Loop loop, String from, String to, int chunks) {
        int rounds = EXTREMES / chunks;
        int step = EXTREMES * e.lanes();
        String whole = e.emit("and i64 {}, {}", e.emit("sub nsw i64 {}, {}", to, from), -step);
        return loop(from, e.emit("add nsw i64 {}, {}", from, whole), step, counter -> {
            Map<Accumulator, List<String>> found = new LinkedHashMap<>();
            gathered = Optional.of(found);
            for (int i = 0; i < EXTREMES; i++) {
                String first = i == 0 ? counter : e.emit("add nsw i64 {}, {}", counter, i * e.lanes());
                sideBySide(List.of(Lanes.all(loop.variable(), first, i % chunks)), loop.body());
            }
            gathered = Optional.empty();
            found.forEach((accumulator, registers) -> {
                for (int chunk = 0; chunk < chunks; chunk++) {
                    List<String> own = new ArrayList<>();
                    for (int round = 0; round < rounds; round++) {
                        own.add(registers.get(round * chunks + chunk));
                    }
                    lanes = Optional.of(Lanes.all(loop.variable(), counter, chunk));
                    update(accumulator, (old, v) -> {
                        own.addFirst(old);
                        return arithmetic.extreme(accumulator.kind().operation(), accumulator.type(), own, v);
                    });
                }
            });
        });
    }

    private String binary(Accumulator accumulator, String a, String b, boolean v) {
        return arithmetic.binary(accumulator.kind().operation(), accumulator.type(), a, b, v);
    }

    private static boolean isChain(List<Statement> body) {
        long operations = body.stream()
                .filter(statement -> statement instanceof Statement.Define(Value _, Expression expression)
                        && !expression.operands().isEmpty())
                .count();
        return operations >= LEAST_CHAIN
                && body.stream().allMatch(statement -> switch (statement) {
                    case Statement.Define _,
                            Statement.Store _,
                            Statement.Accumulate _,
                            Statement.Check _,
                            Statement.Prefetch _ -> true;
                    case Statement.Begin _,
                            Statement.AccumulateProduct _,
                            Statement.AccumulatePacked _,
                            Statement.Loop _,
                            Statement.Deal _,
                            Statement.Barrier _ -> false;
                });
    }

    /* Each line once, and none for the rest of a row. */
    private void prefetch(Memory.Buffer buffer, Index index) {
        int bytes = buffer.dtype().bytes();
        boolean isNewLine = lanes.isEmpty() || lanes.get().chunk() * e.lanes() * bytes % LINE_BYTES == 0;
        boolean isWhole = lanes.flatMap(Lanes::mask).isEmpty();
        if (isNewLine && isWhole) {
            String base = Objects.requireNonNull(bases.get(buffer));
            memory.prefetch(memory.anyAddress(buffer, base, index(index)));
        }
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

    /* One that is begun in a vector loop is a register, whose lanes are the iterations' own. */
    private void begin(Accumulator accumulator) {
        boolean v = accumulator.laned() || lanes.isPresent();
        String type = e.of(llvm(accumulator.type()), v);
        String identity =
                e.constant(llvm(accumulator.type()), Arithmetic.literal(accumulator.type(), accumulator.identity()), v);
        List<String> registers = accumulators.computeIfAbsent(
                accumulator,
                _ -> IntStream.range(0, accumulator.laned() ? Accumulator.LANES / e.lanes() : 1)
                        .mapToObj(_ -> e.alloca(type, 64))
                        .toList());
        registers.forEach(register -> e.line("store {} {}, ptr {}", type, identity, register));
    }

    private void accumulate(Accumulator accumulator, Value value) {
        if (gathered.isPresent()) {
            gathered.get().computeIfAbsent(accumulator, _ -> new ArrayList<>()).add(as(value, true));
            return;
        }
        update(accumulator, (old, v) -> {
            String sum = binary(accumulator, old, as(value, v), v);
            return accumulator.laned() && lanes.orElseThrow().mask().isPresent()
                    ? arithmetic.select(lanes.get().mask().get(), sum, old, accumulator.type(), true)
                    : sum;
        });
    }

    @Override
    void update(Accumulator accumulator, Next next) {
        boolean v = lanes.isPresent();
        String register = register(accumulator);
        String type = e.of(llvm(accumulator.type()), v);
        String sum = next.of(e.emit("load {}, ptr {}", type, register), v);
        e.line("store {} {}, ptr {}", type, sum, register);
    }

    private String register(Accumulator accumulator) {
        List<String> registers = Objects.requireNonNull(accumulators.get(accumulator));
        return registers.get(accumulator.laned() ? lanes.orElseThrow().chunk() : 0);
    }

    @Override
    Operand total(Accumulator accumulator) {
        Expression.Operation operation = accumulator.kind().operation();
        ValueType type = accumulator.type();
        if (!accumulator.laned()) {
            String register = register(accumulator);
            boolean own = lanes.isPresent();
            return new Operand(e.emit("load {}, ptr {}", e.of(llvm(type), own), register), own);
        }
        List<String> parts = Objects.requireNonNull(accumulators.get(accumulator)).stream()
                .map(register -> e.emit("load {}, ptr {}", e.of(llvm(type), true), register))
                .toList();
        while (parts.size() > 1) {
            int half = parts.size() / 2;
            List<String> whole = parts;
            parts = IntStream.range(0, half)
                    .mapToObj(i -> arithmetic.binary(operation, type, whole.get(i), whole.get(i + half), true))
                    .toList();
        }
        String joined = parts.getFirst();
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
        return new Operand(e.emit("extractelement {} {}, i64 0", e.of(llvm(type), true), joined), false);
    }

    private void check(Value condition, Memory.Buffer faults) {
        Operand operand = get(condition);
        String holds = operand.name();
        if (operand.vector()) {
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
