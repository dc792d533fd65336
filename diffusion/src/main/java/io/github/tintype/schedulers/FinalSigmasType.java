package io.github.tintype.schedulers;

import java.util.Locale;

/** The noise level after the last step. The name in a configuration is {@link #toString()}. */
public enum FinalSigmasType {
    /** No noise. */
    ZERO,
    /** The lowest noise level of training. */
    SIGMA_MIN;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
