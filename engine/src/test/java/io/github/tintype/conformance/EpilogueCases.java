package io.github.tintype.conformance;

import io.github.tintype.graph.ActivationOp;
import io.github.tintype.graph.Conv2dOp;
import io.github.tintype.graph.EpilogueOp;
import io.github.tintype.graph.EpilogueOp.Step;
import io.github.tintype.graph.GroupNormOp;
import io.github.tintype.graph.LinearOp;
import io.github.tintype.graph.Op;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;

/** Kernels with elementwise steps behind them: for the devices that fuse. */
final class EpilogueCases {
    private static final Step ADD = new Step.Add();
    private static final Step MUL = new Step.Mul();
    private static final Step SILU = new Step.Activation(ActivationOp.Kind.SILU);

    private EpilogueCases() {}

    static List<Case> all() {
        List<Case> cases = new ArrayList<>();
        for (DType dtype : List.of(DType.F32, DType.F16, DType.BF16)) {
            for (Arrangement arrangement : Arrangement.values()) {
                addLinear(cases, dtype, arrangement, 2, 5, 7, 13);
                addConvolution(cases, dtype, arrangement, 1, new long[] {2, 3, 5, 7}, 5, 3);
                addConvolution(cases, dtype, arrangement, 0, new long[] {2, 7, 3, 5}, 13, 1);
            }
            for (long[] size : new long[][] {{1, 1, 1, 1}, {1, 1, 33, 257}, {3, 17, 65, 33}, {1, 77, 5, 129}}) {
                addLinear(cases, dtype, Arrangement.CONTIGUOUS, size[0], size[1], size[2], size[3]);
            }
            addConvolution(cases, dtype, Arrangement.CHANNELS_LAST, 1, new long[] {1, 1, 1, 1}, 1, 3);
            addConvolution(cases, dtype, Arrangement.CHANNELS_LAST, 1, new long[] {3, 17, 13, 11}, 33, 3);
            addConvolution(cases, dtype, Arrangement.CHANNELS_LAST, 1, new long[] {2, 33, 5, 7}, 193, 3); // few pixels
            addConvolution(cases, dtype, Arrangement.CHANNELS_LAST, 1, new long[] {1, 13, 33, 31}, 17, 3);
            addConvolution(cases, dtype, Arrangement.CHANNELS_LAST, 0, new long[] {2, 65, 9, 13}, 33, 1);
            addNorms(cases, dtype);
        }
        return cases;
    }

    /* x [n,t,k] to [n,t,o]; each activation, each reach of an operand, and several steps. */
    private static void addLinear(
            List<Case> cases, DType dtype, Arrangement arrangement, long n, long t, long k, long o) {
        Argument x = Argument.of(dtype, n, t, k).as(arrangement);
        Argument weight = Argument.of(dtype, o, k).asWeight();
        Argument bias = Argument.of(dtype, o).asWeight();
        Argument residual = Argument.of(dtype, n, t, o).as(arrangement);
        Op op = new LinearOp();
        for (ActivationOp.Kind kind : ActivationOp.Kind.values()) {
            add(cases, op, List.of(new Step.Activation(kind)), x, weight, bias);
        }
        for (Step step : List.of(ADD, MUL)) {
            add(cases, op, List.of(step), x, weight, residual);
            add(cases, op, List.of(step), x, weight, bias, residual);
            add(cases, op, List.of(step), x, weight, bias, Argument.of(dtype, o));
            add(cases, op, List.of(step), x, weight, bias, Argument.of(DType.F32));
        }
        add(cases, op, List.of(new Step.MulScalar(0.75), new Step.AddScalar(-0.3)), x, weight, bias);
        add(cases, op, List.of(SILU, MUL, ADD), x, weight, residual, Argument.of(dtype, 1, o));
    }

    private static void addConvolution(
            List<Case> cases, DType dtype, Arrangement arrangement, int padding, long[] x, long o, long kernel) {
        Op op = new Conv2dOp(1, padding, 1, 1);
        Argument image = Argument.of(dtype, x).as(arrangement);
        Argument weight = Argument.of(dtype, o, x[1], kernel, kernel).asWeight();
        Argument bias = Argument.of(dtype, o).asWeight();
        TensorType output = op.infer(List.of(image.type(), weight.type()));
        Argument residual = Argument.of(dtype, output.shape().sizes()).as(arrangement);
        Argument shift = Argument.of(dtype, x[0], o, 1, 1);
        add(cases, op, List.of(SILU), image, weight, bias);
        for (Step step : List.of(ADD, MUL)) {
            add(cases, op, List.of(step), image, weight, residual);
            add(cases, op, List.of(step), image, weight, bias, residual);
            add(cases, op, List.of(step), image, weight, bias, shift);
            add(cases, op, List.of(step), image, weight, bias, Argument.of(dtype, o, 1, 1));
            add(cases, op, List.of(step), image, weight, bias, Argument.of(DType.F32));
        }
        add(cases, op, List.of(ADD, ADD, SILU), image, weight, bias, shift, residual);
        add(cases, op, List.of(new Step.MulScalar(0.7), ADD, new Step.AddScalar(0.1)), image, weight, residual);
    }

    private static void addNorms(List<Case> cases, DType dtype) {
        for (Arrangement arrangement : Arrangement.values()) {
            Argument affine = Argument.of(dtype, 6).asWeight();
            Argument image = Argument.of(dtype, Values.POSITIVE, 2, 6, 5, 7).as(arrangement);
            for (ActivationOp.Kind kind : ActivationOp.Kind.values()) {
                add(cases, new GroupNormOp(3, 1e-5), List.of(new Step.Activation(kind)), image, affine, affine);
            }
        }
        Argument wide = Argument.of(dtype, 64).asWeight();
        add(cases, new GroupNormOp(32, 1e-6), List.of(SILU), Argument.of(dtype, 1, 64, 65, 33), wide, wide);
    }

    private static void add(List<Case> cases, Op base, List<Step> steps, Argument... arguments) {
        cases.add(Case.of(new EpilogueOp(base, steps), arguments));
    }
}
