package io.github.tintype.loop;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/**
 * Whether a program stays inside of its buffers for given sizes: intervals of indices over the ranges of all loops around. It errs on the safe side. Indices that come
 * from data are taken to be clamped where they are made: {@code min(max(%3, 0), n)}.
 */
public final class LoopBounds {
    /* Both ends belong to it. */
    private record Interval(long least, long greatest) {}

    private static final long UNKNOWN = 1L << 40;

    private final ToLongFunction<Argument.Size> sizes;
    private final ToLongFunction<Memory.Buffer> elements;
    private final Map<Var, Interval> counters = new HashMap<>();
    private final List<String> broken = new ArrayList<>();
    private String kernel = "";
    private int threads = 1;

    private LoopBounds(ToLongFunction<Argument.Size> sizes, ToLongFunction<Memory.Buffer> elements) {
        this.sizes = sizes;
        this.elements = elements;
    }

    /** What may be touched outside of buffers that hold so many {@code elements}; nothing for a program that is safe. */
    public static List<String> check(
            Program program, ToLongFunction<Argument.Size> sizes, ToLongFunction<Memory.Buffer> elements) {
        LoopBounds bounds = new LoopBounds(sizes, elements);
        for (Kernel checked : program.kernels()) {
            bounds.kernel = checked.name();
            boolean empty = false;
            bounds.threads = checked.team().map(Team::threads).orElse(1);
            for (Axis axis : checked.grid()) {
                long extent = bounds.of(axis.extent()).greatest;
                empty |= extent <= 0;
                bounds.counters.put(axis.variable(), new Interval(0, extent - 1));
            }
            if (!empty) {
                bounds.walk(checked.body());
            }
        }
        return List.copyOf(bounds.broken);
    }

    private void walk(List<Statement> body) {
        for (Statement statement : body) {
            switch (statement) {
                case Statement.Define(Value _, Expression.Load(Memory memory, Index index)) -> touch(memory, index);
                case Statement.Define(Value _, Expression.LoadPacked(Packed packed, Memory memory, Index index)) -> {
                    Index first = index.times(Index.of(packed.count()));
                    touch(memory, first);
                    touch(memory, first.plus(Index.of(packed.count() - 1L)));
                }
                case Statement.Store(Memory memory, Index index, Value _) -> touch(memory, index);
                case Statement.Loop loop -> walk(loop.variable(), of(loop.from()), of(loop.to()), loop.body());
                case Statement.Deal deal -> {
                    Interval from = of(deal.from());
                    Interval to = of(deal.to());
                    long most = (long) threads * deal.width() * deal.rounds();
                    if (deal.rounds() > 0 && to.greatest - from.least > most) {
                        broken.add("kernel %s: %d iterations of %s, wanted at most %d"
                                .formatted(kernel, to.greatest - from.least, deal.variable(), most));
                    }
                    walk(deal.variable(), from, to, deal.body());
                }
                case Statement.Check(Value _, Memory.Buffer faults) -> touch(faults, Index.of(0));
                case Statement.Define _,
                        Statement.Begin _,
                        Statement.Accumulate _,
                        Statement.AccumulateProduct _,
                        Statement.AccumulatePacked _,
                        Statement.Prefetch _,
                        Statement.Barrier _ -> {}
            }
        }
    }

    private void walk(Var variable, Interval from, Interval to, List<Statement> body) {
        if (from.least < to.greatest) {
            counters.put(variable, new Interval(from.least, to.greatest - 1));
            walk(body);
        }
    }

    private void touch(Memory memory, Index index) {
        long capacity = switch (memory) {
            case Memory.Buffer buffer -> elements.applyAsLong(buffer);
            case Memory.Local local -> local.capacity();
        };
        Interval range = of(index);
        if (range.least < 0 || range.greatest >= capacity) {
            broken.add("kernel %s: %s[%s] is %d to %d of %d"
                    .formatted(kernel, memory, index, range.least, range.greatest, capacity));
        }
    }

    private Interval of(Index index) {
        return switch (index) {
            case Index.Constant(long value) -> new Interval(value, value);
            case Index.Size(Argument.Size argument) -> {
                long value = sizes.applyAsLong(argument);
                yield new Interval(value, value);
            }
            case Index.Counter(Var variable) -> counters.getOrDefault(variable, new Interval(-UNKNOWN, UNKNOWN));
            case Index.Data _ -> new Interval(-UNKNOWN, UNKNOWN);
            case Index.Binary(Index.Kind kind, Index a, Index b) -> of(kind, of(a), of(b));
        };
    }

    private static Interval of(Index.Kind kind, Interval a, Interval b) {
        return switch (kind) {
            case ADD, MIN, MAX -> new Interval(kind.apply(a.least, b.least), kind.apply(a.greatest, b.greatest));
            case SUB -> new Interval(a.least - b.greatest, a.greatest - b.least);
            case MUL -> {
                long[] corners = {a.least * b.least, a.least * b.greatest, a.greatest * b.least, a.greatest * b.greatest
                };
                java.util.Arrays.sort(corners);
                yield new Interval(corners[0], corners[3]);
            }
            case DIV ->
                b.least > 0
                        ? new Interval(
                                Math.floorDiv(a.least, a.least < 0 ? b.least : b.greatest),
                                Math.floorDiv(a.greatest, a.greatest < 0 ? b.greatest : b.least))
                        : new Interval(-UNKNOWN, UNKNOWN);
            case MOD ->
                b.least > 0
                        ? new Interval(0, a.least >= 0 ? Math.min(a.greatest, b.greatest - 1) : b.greatest - 1)
                        : new Interval(-UNKNOWN, UNKNOWN);
        };
    }
}
