package io.github.tintype.runtime;

import java.util.Optional;

/**
 * What belongs to one run and to nothing else.
 *
 * @param cancellation polled between kernels, and while a program is prepared
 * @param profile gets the times of kernels
 * @param preparation hears of what has to be prepared before the run
 */
public record RunContext(
        Cancellation cancellation, Optional<Profile> profile, Stance stance, PreparationListener preparation) {
    public RunContext(Cancellation cancellation, Optional<Profile> profile) {
        this(cancellation, profile, Stance.DEFAULT, PreparationListener.NONE);
    }

    /** Never cancelled, not profiled. */
    public static RunContext none() {
        return new RunContext(new Cancellation(), Optional.empty());
    }

    /** This context with another stance. */
    public RunContext withStance(Stance other) {
        return new RunContext(cancellation, profile, other, preparation);
    }

    /** This context with someone who hears of preparations. */
    public RunContext withPreparation(PreparationListener listener) {
        return new RunContext(cancellation, profile, stance, listener);
    }
}
