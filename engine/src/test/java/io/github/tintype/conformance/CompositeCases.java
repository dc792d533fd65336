package io.github.tintype.conformance;

import io.github.tintype.graph.ActivationOp;
import io.github.tintype.graph.GroupNormOp;
import io.github.tintype.graph.LayerNormOp;
import io.github.tintype.graph.ScaledDotProductAttentionOp;
import io.github.tintype.graph.SoftmaxOp;
import io.github.tintype.tensor.DType;
import java.util.ArrayList;
import java.util.List;

/** Activations, norms, softmax and attention: for the devices that compute them in one piece. */
final class CompositeCases {
    private static final List<DType> DTYPES = List.of(DType.F32, DType.F16, DType.BF16);

    private CompositeCases() {}

    static List<Case> all() {
        List<Case> cases = new ArrayList<>();
        for (DType dtype : DTYPES) {
            for (ActivationOp.Kind kind : ActivationOp.Kind.values()) {
                addActivation(cases, kind, dtype);
            }
            addNorms(cases, dtype);
            addSoftmax(cases, dtype);
            addAttention(cases, dtype, 1, 1, 1, 1);
            addAttention(cases, dtype, 2, 5, 7, 3);
            addAttention(cases, dtype, 3, 17, 33, 13);
            addAttention(cases, dtype, 1, 65, 77, 64);
        }
        return cases;
    }

    private static void addActivation(List<Case> cases, ActivationOp.Kind kind, DType dtype) {
        ActivationOp op = new ActivationOp(kind);
        for (long size : new long[] {1, 2, 3, 5, 7, 13, 17, 33, 65, 1025}) {
            cases.add(Case.of(op, Argument.of(dtype, size)));
            cases.add(Case.of(op, Argument.of(dtype, Values.WIDE, size)));
        }
        for (Arrangement arrangement : Arrangement.values()) {
            cases.add(Case.of(op, Argument.of(dtype, 2, 3, 5, 7).as(arrangement)));
        }
        boolean bounded = kind == ActivationOp.Kind.SIGMOID || kind == ActivationOp.Kind.RELU;
        cases.add(Case.of(op, Argument.of(dtype, bounded ? Values.EXTREME : Values.EXTREME_ABOVE, 3, 11)));
        cases.add(Case.of(op, Argument.of(dtype, 0, 5)));
    }

    private static void addNorms(List<Case> cases, DType dtype) {
        for (Arrangement arrangement : Arrangement.values()) {
            for (int groups : new int[] {1, 2, 3, 6}) {
                Argument affine = Argument.of(dtype, 6).asWeight();
                Argument image = Argument.of(dtype, Values.POSITIVE, 2, 6, 5, 7).as(arrangement);
                cases.add(Case.of(new GroupNormOp(groups, 1e-5), image, affine, affine));
            }
            Argument rows = Argument.of(dtype, 2, 5, 17).as(arrangement);
            Argument affine = Argument.of(dtype, 17).asWeight();
            cases.add(Case.of(new LayerNormOp(1e-5), rows));
            cases.add(Case.of(new LayerNormOp(1e-5), rows, affine, affine));
        }
        Argument wide = Argument.of(dtype, 64).asWeight();
        cases.add(Case.of(new GroupNormOp(32, 1e-6), Argument.of(dtype, 1, 64, 13, 13), wide, wide));
        cases.add(Case.of(new GroupNormOp(32, 1e-6), Argument.of(dtype, 3, 64), wide, wide));
        for (long size : new long[] {2, 3, 5, 7, 13, 33, 65, 1025}) {
            cases.add(Case.of(new LayerNormOp(1e-6), Argument.of(dtype, 3, size)));
        }
    }

    private static void addSoftmax(List<Case> cases, DType dtype) {
        for (int axis = 0; axis < 4; axis++) {
            for (Arrangement arrangement : Arrangement.values()) {
                cases.add(Case.of(
                        new SoftmaxOp(axis), Argument.of(dtype, 2, 3, 5, 7).as(arrangement)));
            }
        }
        for (long size : new long[] {1, 2, 3, 5, 7, 13, 17, 33, 65, 1025}) {
            cases.add(Case.of(new SoftmaxOp(1), Argument.of(dtype, Values.WIDE, 3, size)));
        }
        cases.add(Case.of(new SoftmaxOp(1), Argument.of(dtype, Values.MASKED, 3, 17)));
        cases.add(Case.of(new SoftmaxOp(1), Argument.of(dtype, 0, 17)));
    }

    private static void addAttention(List<Case> cases, DType dtype, long heads, long t, long s, long d) {
        double scale = 1 / Math.sqrt((double) d);
        ScaledDotProductAttentionOp plain = new ScaledDotProductAttentionOp(false, scale);
        Argument q = Argument.of(dtype, 2, heads, t, d);
        Argument k = Argument.of(dtype, 2, heads, s, d);
        Argument v = Argument.of(dtype, 2, heads, s, d);
        for (Arrangement arrangement : Arrangement.values()) {
            cases.add(Case.of(plain, q.as(arrangement), k.as(arrangement), v.as(arrangement)));
        }
        cases.add(Case.of(plain, q, k, Argument.of(dtype, 2, heads, s, d + 2)));
        cases.add(Case.of(new ScaledDotProductAttentionOp(true, scale), q, q, q));
        cases.add(Case.of(new ScaledDotProductAttentionOp(true, scale), q, k, v));
        for (Argument mask : List.of(
                Argument.of(dtype, t, s),
                Argument.of(dtype, Values.MASKED, 2, 1, t, s),
                Argument.of(dtype, Values.MASKED, 2, heads, 1, s),
                Argument.of(dtype, heads, t, 1),
                Argument.of(DType.BOOL, 2, heads, t, s),
                Argument.of(DType.BOOL, 2, 1, t, 1),
                Argument.of(DType.BOOL, 2, 1, 1, s),
                Argument.of(DType.BOOL, t, s))) {
            cases.add(Case.of(plain, q, k, v, mask));
        }
    }
}
