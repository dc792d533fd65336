package io.github.tintype.calibration;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** What a budget may bound. */
public enum Metric {
    /** {@link Nearness#psnr}, from below. */
    PSNR("psnr") {
        @Override
        double of(Nearness nearness) {
            return nearness.psnr();
        }
    },
    /** {@link Nearness#ssim}, from below. */
    SSIM("ssim") {
        @Override
        double of(Nearness nearness) {
            return nearness.ssim();
        }
    },
    /** {@link Nearness#cosine}, from below. */
    COSINE("cosine") {
        @Override
        double of(Nearness nearness) {
            return nearness.cosine();
        }
    },
    /** {@link Nearness#maxAbs}, from above. */
    MAX_ABS("max-abs") {
        @Override
        double of(Nearness nearness) {
            return nearness.maxAbs();
        }

        @Override
        boolean holds(double value, double bound) {
            return value <= bound;
        }
    };

    private final String label;

    Metric(String label) {
        this.label = label;
    }

    /** The one that budgets call {@code label}, if there is one. */
    public static Optional<Metric> find(String label) {
        return Arrays.stream(values())
                .filter(metric -> metric.label.equals(label))
                .findFirst();
    }

    /** All labels, for messages. */
    public static String labels() {
        return Arrays.stream(values()).map(Metric::toString).collect(Collectors.joining(", "));
    }

    /** Whether equal pictures hold it. */
    public boolean isBound(double bound) {
        return holds(of(Nearness.EQUAL), bound);
    }

    abstract double of(Nearness nearness);

    boolean holds(double value, double bound) {
        return value >= bound;
    }

    @Override
    public String toString() {
        return label;
    }
}
