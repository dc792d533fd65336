package io.github.tintype.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.graph.Conv2dOp;
import io.github.tintype.graph.EpilogueOp;
import io.github.tintype.graph.LinearOp;
import io.github.tintype.graph.MatMulOp;
import io.github.tintype.graph.Op;
import io.github.tintype.graph.ReduceOp;
import io.github.tintype.graph.ScaledDotProductAttentionOp;
import io.github.tintype.graph.UpsampleConv2dOp;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import java.util.List;

/**
 * How far a result may be from the oracle.
 *
 * <p>The unit is 2e-6 for f32, 17 of its roundings: room for a polynomial exp or erf and for any order of a short sum. An element may
 * differ by the unit times its own size, or times 1 (the largest element, where that is less) if it is smaller: sums cancel, and functions
 * have zeros. bf16 and f16 are computed in f32 and rounded once: to what f32 is allowed comes half of the last place of the element
 * itself. Types of 8 bits are allowed two roundings.
 *
 * <p>A sum of k products of random signs in f32 has a rounding error of about ε · k/2 at worst (k additions, each off by half an ε
 * of a partial sum of size √k, errors adding up like √k), and is itself of size √k: relative to the largest element the error grows
 * as √k. For k ≤ 64 that is inside the unit; beyond, the unit is multiplied by √(k/64).
 */
final class Tolerance {
    private Tolerance() {}

    static double of(Op op, List<TensorType> inputs, DType output) {
        return switch (output) {
            case F64 -> 1e-12;
            case F32, F16, BF16 -> 2e-6 * Math.max(1, Math.sqrt(terms(op, inputs) / 64.0));
            case F8_E4M3 -> Math.scalb(1.0, -3);
            case F8_E5M2 -> Math.scalb(1.0, -2);
            case I64, I32, I16, I8, U8, BOOL -> 0;
        };
    }

    /* How many terms are added for one element. */
    private static long terms(Op op, List<TensorType> inputs) {
        return switch (op) {
            case MatMulOp(), LinearOp() -> inputs.get(0).shape().size(-1);
            case Conv2dOp _ -> inputs.get(1).shape().with(0, Dim.ONE).elements();
            case UpsampleConv2dOp large -> terms(large.conv(), inputs);
            case ReduceOp reduce ->
                reduce.axes().stream()
                        .mapToLong(axis -> inputs.get(0).shape().size(axis))
                        .reduce(1, Math::multiplyExact);
            case ScaledDotProductAttentionOp _ ->
                Math.max(inputs.get(0).shape().size(-1), inputs.get(1).shape().size(-2));
            case EpilogueOp epilogue -> terms(epilogue.base(), inputs);
            default -> 1;
        };
    }

    /** Infinities and NaN have to be where the oracle, rounded to the result's type, has them. */
    static void check(HostTensor actual, HostTensor expected, double tolerance) {
        check(actual, expected, tolerance, HostTensor.allocate(expected.type()));
    }

    /**
     * Likewise where numbers inside are rounded to the result's type, too.
     *
     * @param inside the size of what each result is a mean of by them
     */
    static void check(HostTensor actual, HostTensor expected, double tolerance, HostTensor inside) {
        double largest = 0;
        for (long i = 0; i < expected.elements(); i++) {
            double value = Math.abs(expected.getDouble(i));
            largest = Double.isFinite(value) ? Math.max(largest, value) : largest;
        }
        HostTensor rounded = expected.to(actual.dtype());
        for (long i = 0; i < expected.elements(); i++) {
            double got = actual.getDouble(i);
            double wanted = expected.getDouble(i);
            if (!Double.isFinite(rounded.getDouble(i))) {
                assertThat(got).as("element %d", i).isEqualTo(Double.valueOf(rounded.getDouble(i)));
                continue;
            }
            double allowed = tolerance == 0
                    ? 0
                    : tolerance * Math.max(Math.abs(wanted), Math.min(1, largest))
                            + rounding(actual.dtype()) * (Math.abs(wanted) + Math.abs(inside.getDouble(i)))
                            + smallest(actual.dtype());
            assertThat(Math.abs(got - wanted))
                    .as("element %d: got %s, wanted %s", i, got, wanted)
                    .isLessThanOrEqualTo(allowed);
        }
    }

    /* Of an element of size 1: half of the last place, where the arithmetic is done in a wider type. */
    private static double rounding(DType dtype) {
        return switch (dtype) {
            case F16 -> Math.scalb(1.0, -11);
            case BF16 -> Math.scalb(1.0, -8);
            case F64, F32, F8_E4M3, F8_E5M2, I64, I32, I16, I8, U8, BOOL -> 0;
        };
    }

    /* Results below the type's normal numbers may be 0. */
    private static double smallest(DType dtype) {
        return switch (dtype) {
            case F64 -> Double.MIN_NORMAL;
            case F32, BF16 -> Float.MIN_NORMAL;
            case F16, F8_E5M2 -> Math.scalb(1.0, -14);
            case F8_E4M3 -> Math.scalb(1.0, -6);
            case I64, I32, I16, I8, U8, BOOL -> 0;
        };
    }
}
