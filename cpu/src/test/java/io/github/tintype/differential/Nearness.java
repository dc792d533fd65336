package io.github.tintype.differential;

import io.github.tintype.graph.Graph;
import io.github.tintype.graph.Node;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import java.util.HashSet;
import java.util.Set;

/**
 * How far results are from the truth, as root mean squares, and how far they may be: {@code rmse(ours) ≤ m · rmse(unfused) + floor}.
 *
 * <p>m is 2 where all floats are f32 and 3 in low precision. A handful of values may be nearly exact by luck, for which TorchInductor's
 * check, the source of this rule, has m = 10. The floor is one rounding of the output's size, and 128 in f32: op by op, reductions are added
 * up in double by the reference device, and a loop adds up two thousand elements in f32. Inductor's is 1e-5, a little more. The unfused
 * graph has to be right too: within a thousandth of the output's size in f32, a half in low precision, where forty roundings add up.
 *
 * @param ours of the compiled graph
 * @param unfused of the same graph, op by op in its own types
 * @param most of either
 */
record Nearness(double ours, double unfused, double m, double floor, double most) {
    private static final int FEW = 50;

    boolean holds() {
        return unfused <= most && ours <= m * unfused + floor;
    }

    static Nearness of(HostTensor ours, HostTensor unfused, HostTensor truth, DType narrowest) {
        boolean few = hasFewValues(truth);
        boolean low = narrowest != DType.F32;
        double roundings = low ? few ? 4 : 1 : 128;
        return new Nearness(
                rmse(ours, truth),
                rmse(unfused, truth),
                few ? 10 : low ? 3 : 2,
                roundings * rounding(narrowest) * Math.sqrt(meanSquare(truth)),
                (low ? 0.5 : 1e-3) * Math.sqrt(meanSquare(truth)));
    }

    /* Elements that are equal have one error. */
    private static boolean hasFewValues(HostTensor value) {
        Set<Double> seen = new HashSet<>();
        for (long i = 0; i < value.elements() && seen.size() < FEW; i++) {
            seen.add(value.getDouble(i));
        }
        return seen.size() < FEW;
    }

    /** The narrowest float of a graph. */
    static DType narrowest(Graph graph) {
        DType narrowest = DType.F32;
        for (Node node : graph.nodes()) {
            DType dtype = node.type().dtype();
            if (dtype.isFloat() && rounding(dtype) > rounding(narrowest)) {
                narrowest = dtype;
            }
        }
        return narrowest;
    }

    static double rounding(DType dtype) {
        return switch (dtype) {
            case F64 -> 0x1p-53;
            case F32 -> 0x1p-24;
            case F16 -> 0x1p-11;
            case BF16 -> 0x1p-8;
            case F8_E4M3 -> 0x1p-4;
            case F8_E5M2 -> 0x1p-3;
            case I64, I32, I16, I8, U8, BOOL -> 0;
        };
    }

    /** √(mean of squared differences); NaN if an element isn't a number. */
    static double rmse(HostTensor actual, HostTensor truth) {
        double sum = 0;
        for (long i = 0; i < truth.elements(); i++) {
            double difference = actual.getDouble(i) - truth.getDouble(i);
            sum += difference * difference;
        }
        return Math.sqrt(sum / Math.max(1, truth.elements()));
    }

    static double meanSquare(HostTensor value) {
        double sum = 0;
        for (long i = 0; i < value.elements(); i++) {
            sum += value.getDouble(i) * value.getDouble(i);
        }
        return sum / Math.max(1, value.elements());
    }
}
