package io.github.tintype.device;

import java.time.Duration;

/** Time that is left for measuring kernels, whatever they are measured for. Thread-safe. */
public final class TuningBudget {
    private long nanos;

    private TuningBudget(long nanos) {
        this.nanos = nanos;
    }

    /** So much as it takes: 292 years. */
    public static TuningBudget unlimited() {
        return new TuningBudget(Long.MAX_VALUE);
    }

    /** @param time 0 or more */
    public static TuningBudget of(Duration time) {
        if (time.isNegative()) {
            throw new IllegalArgumentException("tuning budget: got %s, wanted 0 or more".formatted(time));
        }
        return new TuningBudget(time.toNanos());
    }

    public synchronized boolean isSpent() {
        return nanos <= 0;
    }

    /** Takes away what something took. */
    public synchronized void spend(long taken) {
        nanos -= Math.min(taken, nanos);
    }
}
