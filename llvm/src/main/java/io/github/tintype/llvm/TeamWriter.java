package io.github.tintype.llvm;

import static io.github.tintype.llvm.Emitter.llvm;

import io.github.tintype.loop.Accumulator;
import io.github.tintype.loop.Axis;
import io.github.tintype.loop.Index;
import io.github.tintype.loop.Kernel;
import io.github.tintype.loop.Memory;
import io.github.tintype.loop.Program;
import io.github.tintype.loop.Statement;
import io.github.tintype.loop.Team;
import io.github.tintype.loop.Value;
import io.github.tintype.loop.ValueType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;

/** One kernel of a team of threads in LLVM's language: what one thread does. */
final class TeamWriter extends BodyWriter {
    private static final int MOST_ALIGNMENT = Program.GPU_ALIGNMENT;

    /* A thread's part of an accumulator on the stack, from which LLVM takes it into registers. */
    private record Part(String slot, boolean vector) {}

    private final Team team;
    private final WarpExchange warps;
    private final Map<Accumulator, Part> parts = new HashMap<>();
    /* A register for each round of a loop. */
    private final Map<Memory, List<String>> registers = new HashMap<>();
    private final List<String> globals = new ArrayList<>();
    private Optional<Statement.Deal> deal = Optional.empty();
    private int round;
    private int loops;
    private int sharedBytes;
    /* The thread's number in its team, and in its block. */
    private String thread = "0";
    private String inBlock = "0";

    /** @throws IllegalArgumentException for a kernel of a processor */
    TeamWriter(Program program, Kernel kernel, Emitter emitter) {
        super(program, kernel, emitter);
        team = kernel.team()
                .orElseThrow(() -> new IllegalArgumentException(
                        "llvm: got kernel %s for a processor, wanted one for a GPU".formatted(kernel.name())));
        warps = new WarpExchange(emitter);
    }

    Team team() {
        return team;
    }

    /** Shared memory, as definitions of the module. */
    List<String> globals() {
        return globals;
    }

    int sharedBytes() {
        return sharedBytes;
    }

    @Override
    String base(Memory.Buffer buffer, String argument) {
        return e.emit("inttoptr i64 {} to ptr addrspace(1)", e.emit("load i64, ptr {}, align 8", argument));
    }

    @Override
    void write() {
        arguments();
        for (Memory.Local local : kernel.locals()) {
            switch (local.where()) {
                case SHARED ->
                    bases.put(
                            local,
                            share(
                                    local.name(),
                                    memory.type(local),
                                    local.capacity(),
                                    local.dtype().bytes()));
                case REGISTERS, STACK -> {}
            }
        }
        inBlock = special("tid.x");
        List<String> extents =
                kernel.grid().stream().map(axis -> index(axis.extent())).toList();
        String points = extents.stream()
                .reduce((a, b) -> e.emit("mul nsw i64 {}, {}", a, b))
                .orElseThrow();
        String block = special("ctaid.x");
        if (team.threads() == 1) {
            String first = e.emit("add nsw i64 {}, {}", e.emit("mul nsw i64 {}, {}", block, team.block()), inBlock);
            String step = e.emit("mul nsw i64 {}, {}", special("nctaid.x"), team.block());
            loop(first, points, step, point -> point(point, extents));
        } else {
            thread = team.isBlock() ? inBlock : e.emit("and i64 {}, {}", inBlock, team.threads() - 1);
            String point = team.isBlock()
                    ? block
                    : e.emit(
                            "add nsw i64 {}, {}",
                            e.emit("mul nsw i64 {}, {}", block, team.points()),
                            e.emit("udiv i64 {}, {}", inBlock, team.threads()));
            onlyIf(e.emit("icmp slt i64 {}, {}", point, points), () -> point(point, extents));
        }
        e.line("ret void");
    }

    private String share(String name, String type, int count, int bytes) {
        String global = "@%s_%s".formatted(kernel.name(), name);
        globals.add("%s = internal addrspace(3) global [%d x %s] undef, align %d"
                .formatted(global, count, type, MOST_ALIGNMENT));
        sharedBytes += Math.ceilDiv(count * bytes, MOST_ALIGNMENT) * MOST_ALIGNMENT;
        return global;
    }

    private String special(String register) {
        String name = "@llvm.nvvm.read.ptx.sreg." + register;
        e.require(Features.Feature.THREAD);
        e.declare("declare i32 %s()".formatted(name));
        return e.emit("zext i32 {} to i64", e.emit("call i32 {}()", name));
    }

    private void onlyIf(String condition, Runnable body) {
        String inside = e.freshLabel("if");
        String after = e.freshLabel("after");
        e.line("br i1 {}, label %{}, label %{}", condition, inside, after);
        e.label(inside);
        body.run();
        e.line("br label %{}", after);
        e.label(after);
    }

    private void point(String point, List<String> extents) {
        String rest = point;
        for (int i = extents.size() - 1; i >= 0; i--) {
            Axis axis = kernel.grid().get(i);
            counters.put(axis.variable(), i == 0 ? rest : e.emit("urem i64 {}, {}", rest, extents.get(i)));
            rest = i == 0 ? rest : e.emit("udiv i64 {}, {}", rest, extents.get(i));
        }
        statements(kernel.body());
    }

    @Override
    void statement(Statement statement) {
        switch (statement) {
            case Statement.Store(Memory target, Index index, Value value) -> {
                if (deal.isPresent() || team.threads() == 1) {
                    store(target, index, value);
                } else {
                    onlyIf(e.emit("icmp eq i64 {}, 0", thread), () -> store(target, index, value));
                }
            }
            case Statement.Begin(Accumulator accumulator) -> begin(accumulator);
            case Statement.Accumulate(Accumulator accumulator, Value value) -> accumulate(accumulator, value);
            case Statement.AccumulateProduct(Accumulator accumulator, Value a, Value b) ->
                accumulateProduct(accumulator, a, b);
            case Statement.Check(Value condition, Memory.Buffer faults) -> check(condition, faults);
            case Statement.Loop loop -> {
                loops++;
                serial(loop);
                loops--;
            }
            case Statement.Deal dealt -> deal(dealt);
            case Statement.Barrier() -> warps.barrier();
            case Statement.Define _, Statement.AccumulatePacked _, Statement.Prefetch _ ->
                throw new IllegalStateException("not to be done here: " + statement);
        }
    }

    private void deal(Statement.Deal dealt) {
        if (dealt.width() != 1 && dealt.width() != e.lanes()) {
            throw new IllegalArgumentException("llvm: kernel %s: got widths %d and %d, wanted one beside 1"
                    .formatted(kernel.name(), dealt.width(), e.lanes()));
        }
        deal = Optional.of(dealt);
        String own = team.threads() == 1 ? "0" : e.emit("mul nsw i64 {}, {}", thread, dealt.width());
        String first = e.emit("add nsw i64 {}, {}", index(dealt.from()), own);
        String to = index(dealt.to());
        int step = team.threads() * dealt.width();
        boolean isOneChunk = dealt.to().equals(dealt.from().plus(Index.of(step)));
        if (isOneChunk && team.threads() == 1) {
            chunk(dealt, first);
        } else if (dealt.rounds() == 0) {
            loop(first, to, step, chunk -> chunk(dealt, chunk));
        }
        for (round = 0; round < dealt.rounds(); round++) {
            String chunk = round == 0 ? first : e.emit("add nsw i64 {}, {}", first, round * step);
            onlyIf(e.emit("icmp slt i64 {}, {}", chunk, to), () -> chunk(dealt, chunk));
        }
        deal = Optional.empty();
    }

    private void chunk(Statement.Deal dealt, String first) {
        if (dealt.width() == 1) {
            counters.put(dealt.variable(), first);
        } else {
            lanes = Optional.of(Lanes.all(dealt.variable(), first, 0));
        }
        statements(dealt.body());
        lanes = Optional.empty();
    }

    /* Of a loop's first lane the number is a multiple of the width; buffers and shared memory begin at a multiple of the widest access. */
    @Override
    boolean goesPast(Memory target) {
        return false;
    }

    @Override
    int alignment(Memory of, Index index) {
        long divisor = index.divisor(
                variable -> deal.isPresent() && deal.get().variable().equals(variable)
                        ? deal.get().width()
                        : 1);
        long bytes = Long.lowestOneBit(divisor * of.dtype().bytes());
        return bytes == 0 ? MOST_ALIGNMENT : (int) Math.min(MOST_ALIGNMENT, bytes);
    }

    private List<String> registers(Memory.Local local) {
        return registers.computeIfAbsent(
                local,
                _ -> IntStream.range(0, deal.orElseThrow().rounds())
                        .mapToObj(_ -> e.alloca(registerType(local), MOST_ALIGNMENT))
                        .toList());
    }

    private String registerType(Memory.Local local) {
        return e.of(llvm(ValueType.of(local.dtype())), lanes.isPresent());
    }

    @Override
    Operand load(Memory source, Index index) {
        if (source instanceof Memory.Local local && local.where() == Memory.Local.Where.REGISTERS) {
            String slot = registers(local).get(round);
            return new Operand(e.emit("load {}, ptr {}", registerType(local), slot), lanes.isPresent());
        }
        return super.load(source, index);
    }

    @Override
    void store(Memory target, Index index, Value value) {
        if (target instanceof Memory.Local local && local.where() == Memory.Local.Where.REGISTERS) {
            String slot = registers(local).get(round);
            e.line("store {} {}, ptr {}", registerType(local), as(value, lanes.isPresent()), slot);
            return;
        }
        super.store(target, index, value);
    }

    private void begin(Accumulator accumulator) {
        boolean vector = accumulator.laned() ? isWide(accumulator, kernel.body()) : lanes.isPresent();
        String scalar = llvm(accumulator.type());
        Part part = new Part(e.alloca(e.of(scalar, vector), MOST_ALIGNMENT), vector);
        parts.put(accumulator, part);
        String identity = e.constant(scalar, Arithmetic.literal(accumulator.type(), accumulator.identity()), vector);
        e.line("store {} {}, ptr {}", e.of(scalar, vector), identity, part.slot);
    }

    /* Whether the loop that fills it takes several elements at once. */
    private static boolean isWide(Accumulator accumulator, List<Statement> body) {
        return body.stream().anyMatch(statement -> switch (statement) {
            case Statement.Deal dealt -> dealt.width() > 1 && fills(dealt.body(), accumulator);
            case Statement.Loop loop -> isWide(accumulator, loop.body());
            case Statement.Define _,
                    Statement.Store _,
                    Statement.Begin _,
                    Statement.Accumulate _,
                    Statement.AccumulateProduct _,
                    Statement.AccumulatePacked _,
                    Statement.Check _,
                    Statement.Prefetch _,
                    Statement.Barrier _ -> false;
        });
    }

    private static boolean fills(List<Statement> body, Accumulator accumulator) {
        return body.stream().anyMatch(statement -> switch (statement) {
            case Statement.Accumulate(Accumulator filled, Value _) -> filled.equals(accumulator);
            case Statement.Loop loop -> fills(loop.body(), accumulator);
            case Statement.Define _,
                    Statement.Store _,
                    Statement.Begin _,
                    Statement.AccumulateProduct _,
                    Statement.AccumulatePacked _,
                    Statement.Check _,
                    Statement.Prefetch _,
                    Statement.Deal _,
                    Statement.Barrier _ -> false;
        });
    }

    private void accumulate(Accumulator accumulator, Value value) {
        update(
                accumulator,
                (old, v) ->
                        arithmetic.binary(accumulator.kind().operation(), accumulator.type(), old, as(value, v), v));
    }

    @Override
    void update(Accumulator accumulator, Next next) {
        Part part = Objects.requireNonNull(parts.get(accumulator));
        String type = e.of(llvm(accumulator.type()), part.vector);
        String sum = next.of(e.emit("load {}, ptr {}", type, part.slot), part.vector);
        e.line("store {} {}, ptr {}", type, sum, part.slot);
    }

    @Override
    Operand total(Accumulator accumulator) {
        Part part = Objects.requireNonNull(parts.get(accumulator));
        String scalar = llvm(accumulator.type());
        String own = e.emit("load {}, ptr {}", e.of(scalar, part.vector), part.slot);
        if (!accumulator.laned()) {
            return new Operand(own, part.vector);
        }
        String joined = part.vector
                ? join(
                        accumulator,
                        IntStream.range(0, e.lanes())
                                .mapToObj(i -> e.emit("extractelement {} {}, i64 {}", e.of(scalar, true), own, i))
                                .toList())
                : own;
        if (team.threads() == 1) {
            return new Operand(joined, false);
        }
        for (int half = Team.WARP / 2; half > 0; half /= 2) {
            joined = join(accumulator, List.of(joined, warps.down(accumulator.type(), joined, half)));
        }
        return new Operand(
                team.isBlock() ? acrossWarps(accumulator, joined) : warps.first(accumulator.type(), joined), false);
    }

    /* Each warp's first thread leaves its part where all read them. */
    private String acrossWarps(Accumulator accumulator, String ofWarp) {
        int bytes = accumulator.type() == ValueType.F64 || accumulator.type() == ValueType.I64 ? 8 : 4;
        String type = llvm(accumulator.type());
        String slots = share("%s_total".formatted(accumulator.name()), type, team.warps(), bytes);
        if (loops > 0) {
            // A warp may be about to read what it was the last time.
            warps.barrier();
        }
        String lane = e.emit("and i64 {}, {}", inBlock, Team.WARP - 1);
        String warp = e.emit("lshr i64 {}, {}", inBlock, Integer.numberOfTrailingZeros(Team.WARP));
        onlyIf(
                e.emit("icmp eq i64 {}, 0", lane),
                () -> e.line(
                        "store {} {}, ptr addrspace(3) {}, align {}",
                        type,
                        ofWarp,
                        e.emit("getelementptr inbounds {}, ptr addrspace(3) {}, i64 {}", type, slots, warp),
                        bytes));
        warps.barrier();
        return join(
                accumulator,
                IntStream.range(0, team.warps())
                        .mapToObj(i -> e.emit(
                                "load {}, ptr addrspace(3) {}, align {}",
                                type,
                                e.emit("getelementptr inbounds {}, ptr addrspace(3) {}, i64 {}", type, slots, i),
                                bytes))
                        .toList());
    }

    /* Each of the first half with its like in the second. */
    private String join(Accumulator accumulator, List<String> values) {
        List<String> left = values;
        while (left.size() > 1) {
            List<String> whole = left;
            int half = whole.size() / 2;
            left = IntStream.range(0, half)
                    .mapToObj(i -> arithmetic.binary(
                            accumulator.kind().operation(),
                            accumulator.type(),
                            whole.get(i),
                            whole.get(i + half),
                            false))
                    .toList();
        }
        return left.getFirst();
    }

    private void check(Value condition, Memory.Buffer faults) {
        Operand operand = get(condition);
        String holds = operand.name();
        if (operand.vector()) {
            holds = IntStream.range(0, e.lanes())
                    .mapToObj(i -> e.emit("extractelement {} {}, i64 {}", e.of("i1", true), operand.name(), i))
                    .reduce((a, b) -> e.emit("and i1 {}, {}", a, b))
                    .orElseThrow();
        }
        String isFault = e.emit("xor i1 {}, true", holds);
        onlyIf(isFault, () -> e.line("store i32 1, ptr addrspace(1) {}", Objects.requireNonNull(bases.get(faults))));
    }
}
