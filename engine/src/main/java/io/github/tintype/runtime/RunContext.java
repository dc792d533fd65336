package io.github.tintype.runtime;

import java.util.Optional;

/** What belongs to one run and to nothing else. */
public record RunContext(Cancellation cancellation, Optional<Profile> profile, Stance stance) {
    public RunContext(Cancellation cancellation, Optional<Profile> profile) {
        this(cancellation, profile, Stance.DEFAULT);
    }

    /** Never cancelled, not profiled. */
    public static RunContext none() {
        return new RunContext(new Cancellation(), Optional.empty());
    }

    /** This context with another stance. */
    public RunContext withStance(Stance other) {
        return new RunContext(cancellation, profile, other);
    }
}
