package io.github.tintype.schedulers;

import java.util.Locale;

/** How Euler finds a noise level between two of training. The name in a configuration is {@link #toString()}. */
public enum InterpolationType {
    /** On the noise levels. */
    LINEAR,
    /** A straight line in their logarithms over the whole run. */
    LOG_LINEAR;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
