package io.github.tintype.cpu;

import io.github.tintype.device.Search;
import io.github.tintype.device.TuningReport.Outcome;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.ToDoubleFunction;

/**
 * The search for the fastest kernel of one problem. What was measured is kept, so that a search that ran out of time goes on where it stopped. Source: coordinate descent as in
 * torch._inductor.runtime.coordinate_descent_tuner.
 */
final class KernelSearch {
    /* What tables say is left for what takes so much of its time, or less: noise isn't a reason. */
    private static final double CLEARLY = 0.97;
    /* Likewise what was found for what is beside it. */
    private static final double BETTER = 0.99;

    private final Search search;
    private final Map<String, Double> times = new HashMap<>();

    /** What it came to: the kernel to be taken, and why that. */
    record Found(Candidate best, Outcome outcome) {}

    KernelSearch(Search search) {
        this.search = search;
    }

    /**
     * Goes on as long as it may.
     *
     * @param grid one or more, that of the tables first: the only one that is measured if the search has no grid
     * @param clock what a kernel takes, in any unit; infinite if there is no memory for it
     * @param mayMeasure asked before each measurement
     */
    Found run(List<Candidate> grid, ToDoubleFunction<Candidate> clock, BooleanSupplier mayMeasure) {
        return new Run(grid.getFirst(), clock, mayMeasure).through(grid);
    }

    private final class Run {
        private final ToDoubleFunction<Candidate> clock;
        private final BooleanSupplier mayMeasure;
        private final Candidate table;
        private Candidate best;
        /* What another has to take at most to be better. */
        private double most;
        private boolean outOfTime;

        private Run(Candidate table, ToDoubleFunction<Candidate> clock, BooleanSupplier mayMeasure) {
            this.table = table;
            this.clock = clock;
            this.mayMeasure = mayMeasure;
            best = table;
        }

        private Found through(List<Candidate> grid) {
            double tables = time(best);
            if (Double.isInfinite(tables)) {
                return new Found(best, outOfTime ? Outcome.OUT_OF_TIME : Outcome.OUT_OF_MEMORY);
            }
            most = tables * CLEARLY;
            if (search.grid()) {
                considersAll(grid);
            }
            boolean better = search.descent();
            while (better && !outOfTime) {
                better = descends() || (search.allDirections() && considersAll(best.around()));
            }
            Candidate chosen = best.name().equals(table.name()) || isStillBetter() ? best : table;
            return new Found(chosen, outOfTime ? Outcome.OUT_OF_TIME : Outcome.MEASURED);
        }

        /* Of many that are measured one may have been lucky, or the tables' kernel unlucky: both once more, one after the other. */
        private boolean isStillBetter() {
            double again = timeNow(best);
            double tables = timeNow(table);
            return outOfTime || again < tables * CLEARLY;
        }

        private boolean descends() {
            boolean better = false;
            int parameters = best.steps().get().size();
            for (int i = 0; i < parameters; i++) {
                better |= considersAll(best.steps().get().get(i));
            }
            return better;
        }

        private boolean considersAll(Collection<Candidate> candidates) {
            boolean better = false;
            for (Candidate candidate : candidates) {
                better |= considers(candidate);
            }
            return better;
        }

        /* Whether it is the best now. */
        private boolean considers(Candidate candidate) {
            double time = time(candidate);
            boolean better = time < most;
            if (better) {
                best = candidate;
                most = time * BETTER;
            }
            return better;
        }

        private double time(Candidate candidate) {
            Double known = times.get(candidate.name());
            if (known != null) {
                return known;
            }
            double time = timeNow(candidate);
            if (!outOfTime) {
                times.put(candidate.name(), time);
            }
            return time;
        }

        /* Infinite when time is up. */
        private double timeNow(Candidate candidate) {
            outOfTime = outOfTime || !mayMeasure.getAsBoolean();
            return outOfTime ? Double.POSITIVE_INFINITY : clock.applyAsDouble(candidate);
        }
    }
}
