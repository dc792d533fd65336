package io.github.tintype.schedulers;

import java.util.Locale;

/** Which training steps a run visits (arXiv 2305.08891, table 2). The name in a configuration is {@link #toString()}. */
public enum TimestepSpacing {
    /** Both ends. */
    LINSPACE,
    /** From step 0 (plus an offset) upwards. */
    LEADING,
    /** From the last step downwards. */
    TRAILING;

    /** n steps of trainTimesteps, falling; {@link #LINSPACE} is not rounded. Computed in double as numpy does. */
    double[] falling(int trainTimesteps, int n, int stepsOffset) {
        return switch (this) {
            case LINSPACE -> Grid.reversed(Grid.linspace(0, trainTimesteps - 1, n));
            case LEADING -> leading(trainTimesteps / n, n, stepsOffset);
            case TRAILING -> trailing(trainTimesteps, (double) trainTimesteps / n);
        };
    }

    static double[] leading(int ratio, int n, int stepsOffset) {
        double[] steps = new double[n];
        for (int i = 0; i < n; i++) {
            steps[n - 1 - i] = (double) i * ratio + stepsOffset;
        }
        return steps;
    }

    static double[] trailing(int last, double ratio) {
        double[] steps = Grid.rounded(Grid.arange(last, 0, -ratio));
        for (int i = 0; i < steps.length; i++) {
            steps[i] -= 1;
        }
        return steps;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
