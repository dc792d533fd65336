package io.github.tintype.schedulers;

import java.util.Locale;

/** What Euler tells the model for time. The name in a configuration is {@link #toString()}. */
public enum TimestepType {
    /** The training step. */
    DISCRETE,
    /** A quarter of the logarithm of the noise level (v-prediction only). */
    CONTINUOUS;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
