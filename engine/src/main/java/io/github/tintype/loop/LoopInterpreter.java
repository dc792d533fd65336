package io.github.tintype.loop;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Runs loop programs as they are written, one iteration after another, every access checked: what a program means, and the oracle of
 * compilers. Slow. The threads of a team take turns, the last one first, and what one reads that another writes without a barrier between is an error.
 */
public final class LoopInterpreter {
    private final Program program;
    private final List<MemorySegment> buffers;
    private final List<Long> sizes;
    private final List<Long> scalars;

    /** One segment for each buffer, one number for each size, the bits of each scalar. */
    public LoopInterpreter(Program program, List<MemorySegment> buffers, List<Long> sizes, List<Long> scalars) {
        LoopVerifier.check(program);
        this.program = program;
        this.buffers = List.copyOf(buffers);
        this.sizes = List.copyOf(sizes);
        this.scalars = List.copyOf(scalars);
    }

    /**
     * All kernels, each over its whole grid.
     *
     * @throws IndexOutOfBoundsException for an access outside of a buffer
     * @throws IllegalStateException if threads of a team get into each other's way
     */
    public void run() {
        for (Kernel kernel : program.kernels()) {
            run(kernel, 0, points(kernel));
        }
    }

    /** How many points a kernel's grid has. */
    public long points(Kernel kernel) {
        Frame frame = new Frame(kernel.team());
        return kernel.grid().stream()
                .mapToLong(axis -> frame.index(axis.extent()))
                .reduce(1, Math::multiplyExact);
    }

    /** A slice of a kernel's grid. */
    public void run(Kernel kernel, long begin, long end) {
        Frame frame = new Frame(kernel.team());
        long[] extents = kernel.grid().stream()
                .mapToLong(axis -> frame.index(axis.extent()))
                .toArray();
        for (long point = begin; point < end; point++) {
            long rest = point;
            for (int i = extents.length - 1; i >= 0; i--) {
                frame.counters.put(kernel.grid().get(i).variable(), rest % extents[i]);
                rest /= extents[i];
            }
            try (Arena arena = Arena.ofConfined()) {
                for (Memory.Local local : kernel.locals()) {
                    // NaN in every float type: what is read before it is written shows.
                    frame.locals.put(local, arena.allocate(local.bytes(), 64).fill((byte) 0xff));
                }
                frame.sharing.clear();
                frame.run(kernel.body());
            }
        }
    }

    private final class Frame {
        private final Map<Var, Long> counters = new HashMap<>();
        private final Map<Value, Long> values = new HashMap<>();
        private final Map<Accumulator, long[]> accumulators = new HashMap<>();
        private final Map<Memory.Local, MemorySegment> locals = new HashMap<>();
        private final Optional<Team> team;
        private final Sharing sharing = new Sharing();
        /* Which part of a laned accumulator the present iteration adds to, of how many. */
        private int lane;
        private int parts = Accumulator.LANES;

        Frame(Optional<Team> team) {
            this.team = team;
        }

        void run(List<Statement> body) {
            for (Statement statement : body) {
                switch (statement) {
                    case Statement.Define(Value value, Expression expression) ->
                        values.put(value, evaluate(expression));
                    case Statement.Store(Memory memory, Index index, Value value) -> {
                        long at = index(index);
                        sharing.write(memory, at);
                        Scalars.store(memory.dtype(), segment(memory), at, get(value));
                    }
                    // How many parts there are is known where the first number comes.
                    case Statement.Begin(Accumulator accumulator) ->
                        accumulators.put(accumulator, new long[] {accumulator.identity()});
                    case Statement.Accumulate(Accumulator accumulator, Value value) -> {
                        long[] lanes = parts(accumulator);
                        int at = accumulator.laned() ? lane : 0;
                        lanes[at] = Scalars.binary(
                                accumulator.kind().operation(), accumulator.type(), lanes[at], get(value));
                    }
                    case Statement.AccumulateProduct(Accumulator accumulator, Value a, Value b) -> {
                        long[] sum = parts(accumulator);
                        sum[0] = Scalars.fma(accumulator.type(), get(a), get(b), sum[0]);
                    }
                    case Statement.AccumulatePacked(Accumulator accumulator, Packed packed, Value a, Value b) -> {
                        long[] sum = parts(accumulator);
                        sum[0] = Scalars.addPacked(packed, get(a), get(b), sum[0]);
                    }
                    case Statement.Check(Value condition, Memory.Buffer faults) -> {
                        if (get(condition) == 0) {
                            Scalars.store(faults.dtype(), segment(faults), 0, 1);
                        }
                    }
                    case Statement.Prefetch _ -> {}
                    case Statement.Loop loop -> run(loop);
                    case Statement.Deal deal -> run(deal);
                    case Statement.Barrier() -> sharing.barrier();
                }
            }
        }

        private long[] parts(Accumulator accumulator) {
            long[] lanes = Objects.requireNonNull(accumulators.get(accumulator));
            if (accumulator.laned() && lanes.length != parts) {
                lanes = new long[parts];
                java.util.Arrays.fill(lanes, accumulator.identity());
                accumulators.put(accumulator, lanes);
            }
            return lanes;
        }

        private void run(Statement.Deal deal) {
            Team of = team.orElseThrow();
            long from = index(deal.from());
            long to = index(deal.to());
            parts = of.threads() * deal.width();
            for (int thread = of.threads() - 1; thread >= 0; thread--) {
                sharing.enter(thread);
                long step = (long) of.threads() * deal.width();
                for (long chunk = from + (long) thread * deal.width(); chunk < to; chunk += step) {
                    for (int i = 0; i < deal.width(); i++) {
                        counters.put(deal.variable(), chunk + i);
                        lane = of.part(thread, i);
                        run(deal.body());
                    }
                }
            }
            sharing.leave();
            parts = Accumulator.LANES;
        }

        private void run(Statement.Loop loop) {
            long from = index(loop.from());
            long to = index(loop.to());
            for (long i = from; i < to; i++) {
                counters.put(loop.variable(), i);
                if (loop.kind() == Statement.Loop.Kind.VECTOR) {
                    lane = (int) ((i - from) % Accumulator.LANES);
                }
                run(loop.body());
            }
        }

        private long get(Value value) {
            return Objects.requireNonNull(values.get(value));
        }

        private MemorySegment segment(Memory memory) {
            return switch (memory) {
                case Memory.Buffer buffer -> buffers.get(program.word(buffer));
                case Memory.Local local -> Objects.requireNonNull(locals.get(local));
            };
        }

        long index(Index index) {
            return switch (index) {
                case Index.Constant(long value) -> value;
                case Index.Size(Argument.Size argument) ->
                    sizes.get(program.sizes().indexOf(argument));
                case Index.Counter(Var variable) -> Objects.requireNonNull(counters.get(variable));
                case Index.Data(Value value) -> get(value);
                case Index.Binary(Index.Kind kind, Index a, Index b) -> kind.apply(index(a), index(b));
            };
        }

        private long evaluate(Expression expression) {
            return switch (expression) {
                case Expression.Load(Memory memory, Index index) -> {
                    long at = index(index);
                    sharing.read(memory, at);
                    yield Scalars.load(memory.dtype(), segment(memory), at);
                }
                case Expression.LoadPacked(Packed packed, Memory memory, Index index) -> {
                    long first = packed.count() * index(index);
                    for (int i = 0; i < packed.count(); i++) {
                        sharing.read(memory, first + i);
                    }
                    yield Scalars.loadPacked(packed, memory.dtype(), segment(memory), first);
                }
                case Expression.Literal(ValueType _, long bits) -> bits;
                case Expression.Scalar(Argument.Scalar argument) ->
                    scalars.get(program.scalars().indexOf(argument));
                case Expression.Position(Index index) -> index(index);
                case Expression.Total(Accumulator accumulator) -> total(accumulator);
                case Expression.Unary(Expression.Function function, Value a) ->
                    Scalars.unary(function, a.type(), get(a));
                case Expression.Binary(Expression.Operation operation, Value a, Value b) ->
                    Scalars.binary(operation, a.type(), get(a), get(b));
                case Expression.Fma(Value a, Value b, Value c) -> Scalars.fma(a.type(), get(a), get(b), get(c));
                case Expression.Compare(Expression.Relation relation, Value a, Value b) ->
                    Scalars.compare(relation, a.type(), get(a), get(b)) ? 1 : 0;
                case Expression.Select(Value condition, Value a, Value b) -> get(condition) != 0 ? get(a) : get(b);
                case Expression.Cast(ValueType type, Value a) -> Scalars.cast(a.type(), type, get(a));
                case Expression.Bits(ValueType _, Value a) -> get(a);
                case Expression.Narrow(var dtype, Value a) -> Scalars.narrow(dtype, get(a));
            };
        }

        private long total(Accumulator accumulator) {
            if (accumulator.laned()) {
                sharing.barrier();
            }
            long[] lanes = Objects.requireNonNull(accumulators.get(accumulator)).clone();
            for (int half = lanes.length / 2; half > 0; half /= 2) {
                for (int i = 0; i < half; i++) {
                    lanes[i] = Scalars.binary(
                            accumulator.kind().operation(), accumulator.type(), lanes[i], lanes[i + half]);
                }
            }
            return lanes[0];
        }
    }
}
