package io.github.tintype.device;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;

/** What a device may measure while one graph is planned, and what has come of it. Used by the thread that plans. */
public final class Tuning {
    private final Search search;
    private final TuningBudget budget;
    private final Runnable check;
    private final Map<Object, TuningReport.Outcome> outcomes = new HashMap<>();
    private int kernels;

    /**
     * @param search not {@link Search#NONE}
     * @param check runs before each measurement, and throws where that must not be
     */
    public Tuning(Search search, TuningBudget budget, Runnable check) {
        if (search.isNone()) {
            throw new IllegalArgumentException("tuning: got no search, wanted one");
        }
        this.search = search;
        this.budget = budget;
        this.check = check;
    }

    public Search search() {
        return search;
    }

    /** Whether there is time left. @throws java.util.concurrent.CancellationException if a stop has been requested */
    public boolean mayMeasure() {
        check.run();
        return !budget.isSpent();
    }

    /** One kernel was measured, which took so long with all that it takes to have it. */
    public void measured(long nanos) {
        kernels++;
        budget.spend(nanos);
    }

    /** A problem is dealt with; what is met again counts once. */
    public void came(Object problem, TuningReport.Outcome outcome) {
        outcomes.putIfAbsent(problem, outcome);
    }

    /** What has come of it so far. */
    public TuningReport report() {
        Map<TuningReport.Outcome, Integer> counts = new EnumMap<>(TuningReport.Outcome.class);
        outcomes.values().forEach(outcome -> counts.merge(outcome, 1, Integer::sum));
        return new TuningReport(search, counts, kernels);
    }
}
