package io.github.tintype.conformance;

import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import java.util.SplittableRandom;

/** What operands are filled with: the same at each run. */
enum Values {
    /** −1 to 1; integers −100 to 100, unsigned ones 0 to 100. */
    SIGNED,
    /** 0.1 to 3; integers 1 to 6. */
    POSITIVE,
    /** −1000 to 1000. */
    WIDE,
    /** Zero, ones, infinities, NaN, very large and very small. */
    EXTREME,
    /** As {@link #EXTREME} without −∞, at which the activations that are x · f(x) have no agreed value. */
    EXTREME_ABOVE,
    /** −1 to 1 with some −∞. */
    MASKED,
    /** 0, 1, 2, 0, …: indices, and ties. */
    SMALL_INDEX;

    private static final double INF = Double.POSITIVE_INFINITY;
    private static final double[] EXTREMES = {0, 1, -1, INF, Double.NaN, 1e30, -1e30, 1e-30, 30000, -INF, 0.5};

    HostTensor fill(TensorType type, long seed) {
        HostTensor tensor = HostTensor.allocate(type);
        SplittableRandom random = new SplittableRandom(seed);
        for (long i = 0; i < tensor.elements(); i++) {
            tensor.setDouble(i, value(type.dtype(), i, random));
        }
        return tensor;
    }

    private double value(DType dtype, long i, SplittableRandom random) {
        if (dtype == DType.BOOL) {
            return random.nextInt(2);
        }
        boolean integer = dtype.isInteger();
        return switch (this) {
            case SIGNED -> integer ? random.nextInt(dtype == DType.U8 ? 0 : -100, 101) : random.nextDouble(-1, 1);
            case POSITIVE -> integer ? random.nextInt(1, 7) : random.nextDouble(0.1, 3);
            case WIDE -> random.nextDouble(-1000, 1000);
            case EXTREME -> EXTREMES[(int) (i % EXTREMES.length)];
            case EXTREME_ABOVE -> Math.max(-1e30, EXTREMES[(int) (i % EXTREMES.length)]);
            case MASKED -> i % 5 == 2 ? -INF : random.nextDouble(-1, 1);
            case SMALL_INDEX -> i % 3;
        };
    }
}
