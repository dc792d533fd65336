package io.github.tintype.runtime;

import java.util.Optional;

/** What belongs to one run and to nothing else. */
public record RunContext(Cancellation cancellation, Optional<Profile> profile) {
    /** Never cancelled, not profiled. */
    public static RunContext none() {
        return new RunContext(new Cancellation(), Optional.empty());
    }
}
