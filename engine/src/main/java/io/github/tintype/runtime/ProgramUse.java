package io.github.tintype.runtime;

import io.github.tintype.device.Effort;
import io.github.tintype.device.Search;
import io.github.tintype.device.Tuning;
import io.github.tintype.device.TuningBudget;
import java.util.Optional;

/**
 * How a graph is planned and its plan held.
 *
 * @param effort that the device takes for its kernels
 * @param slab what becomes of the memory of intermediates between runs
 * @param search what is measured to choose among kernels
 * @param budget the time for that
 */
public record ProgramUse(Effort effort, SlabUse slab, Search search, TuningBudget budget) {
    /** What runs uncompiled. */
    public static final ProgramUse UNCOMPILED = new ProgramUse(Effort.LIBRARY, SlabUse.SHARED);

    /** By what tables say. */
    public ProgramUse(Effort effort, SlabUse slab) {
        this(effort, slab, Search.NONE, TuningBudget.unlimited());
    }

    /** The same with another slab. */
    public ProgramUse withSlab(SlabUse other) {
        return new ProgramUse(effort, other, search, budget);
    }

    /* For one plan. */
    Optional<Tuning> tuning(Cancellation cancellation) {
        return search.isNone() ? Optional.empty() : Optional.of(new Tuning(search, budget, cancellation::check));
    }
}
