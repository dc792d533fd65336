package io.github.tintype.loop;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Whether there is a barrier between a write of shared memory and whatever else touches it, except inside of one {@link Statement.Deal}: what
 * iterations do to each other there depends on indices, and the interpreter watches it.
 */
final class TeamHazards {
    /* What was done since the last barrier, and the steps that did it: the last one, or another one for several. */
    private record Touched(Optional<Object> writer, Optional<Object> reader) {}

    private final Map<Memory.Local, Touched> since = new HashMap<>();
    private Optional<Memory.Local> found = Optional.empty();

    private TeamHazards() {}

    /** The memory that lacks a barrier, if there is one. */
    static Optional<Memory.Local> find(Kernel kernel) {
        TeamHazards hazards = new TeamHazards();
        hazards.walk(kernel.body());
        return hazards.found;
    }

    private void walk(List<Statement> body) {
        for (Statement statement : body) {
            switch (statement) {
                case Statement.Barrier() -> since.clear();
                case Statement.Define(Value _, Expression.Total(Accumulator accumulator))
                when accumulator.laned() -> since.clear();
                case Statement.Loop loop -> {
                    // Twice: what the end of one pass does meets the beginning of the next.
                    walk(loop.body());
                    walk(loop.body());
                }
                case Statement.Deal deal -> touch(deal.body(), new Object());
                case Statement.Define _,
                        Statement.Store _,
                        Statement.Begin _,
                        Statement.Accumulate _,
                        Statement.AccumulateProduct _,
                        Statement.AccumulatePacked _,
                        Statement.Check _,
                        Statement.Prefetch _ -> touch(List.of(statement), new Object());
            }
        }
    }

    private void touch(List<Statement> body, Object step) {
        for (Statement statement : body) {
            switch (statement) {
                case Statement.Define(Value _, Expression.Load(Memory.Local local, Index _)) -> read(local, step);
                case Statement.Store(Memory.Local local, Index _, Value _) -> write(local, step);
                case Statement.Loop loop -> touch(loop.body(), step);
                case Statement.Define _,
                        Statement.Store _,
                        Statement.Begin _,
                        Statement.Accumulate _,
                        Statement.AccumulateProduct _,
                        Statement.AccumulatePacked _,
                        Statement.Check _,
                        Statement.Prefetch _,
                        Statement.Deal _,
                        Statement.Barrier _ -> {}
            }
        }
    }

    private void read(Memory.Local local, Object step) {
        if (local.where() != Memory.Local.Where.SHARED) {
            return;
        }
        Touched before = since.getOrDefault(local, new Touched(Optional.empty(), Optional.empty()));
        require(before.writer, step, local);
        boolean isNew = before.reader.isPresent() && !before.reader.get().equals(step);
        since.put(local, new Touched(before.writer, Optional.of(isNew ? new Object() : step)));
    }

    private void write(Memory.Local local, Object step) {
        if (local.where() != Memory.Local.Where.SHARED) {
            return;
        }
        Touched before = since.getOrDefault(local, new Touched(Optional.empty(), Optional.empty()));
        require(before.writer, step, local);
        require(before.reader, step, local);
        since.put(local, new Touched(Optional.of(step), before.reader));
    }

    private void require(Optional<Object> other, Object step, Memory.Local local) {
        if (other.isPresent() && !other.get().equals(step)) {
            found = Optional.of(local);
        }
    }
}
