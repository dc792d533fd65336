package io.github.tintype.conformance;

import io.github.tintype.graph.ArgMaxOp;
import io.github.tintype.graph.ReduceOp;
import io.github.tintype.tensor.DType;
import java.util.ArrayList;
import java.util.List;

/** Sums, means, extremes and where they are. */
final class ReductionCases {
    private ReductionCases() {}

    static List<Case> all() {
        List<Case> cases = new ArrayList<>();
        for (ReduceOp.Kind kind : ReduceOp.Kind.values()) {
            List<DType> dtypes = new ArrayList<>(ElementwiseCases.FLOATS);
            if (kind != ReduceOp.Kind.MEAN) {
                dtypes.addAll(List.of(DType.I64, DType.I32, DType.U8));
            }
            for (DType dtype : dtypes) {
                add(cases, kind, dtype);
            }
            for (List<Integer> axes : List.of(List.of(0), List.of(1))) {
                cases.add(Case.of(new ReduceOp(kind, axes), Argument.of(DType.F32, Values.EXTREME, 7, 3)));
            }
            addLong(cases, kind);
        }
        for (DType dtype : List.of(DType.F32, DType.F16, DType.BF16, DType.I64, DType.I32)) {
            for (int axis = 0; axis < 4; axis++) {
                for (Arrangement arrangement : Arrangement.values()) {
                    cases.add(Case.of(
                            new ArgMaxOp(axis), Argument.of(dtype, 2, 3, 5, 7).as(arrangement)));
                }
            }
            cases.add(Case.of(new ArgMaxOp(1), Argument.of(dtype, Values.SMALL_INDEX, 3, 65)));
        }
        cases.add(Case.of(new ArgMaxOp(1), Argument.of(DType.F32, Values.EXTREME, 3, 13)));
        cases.add(Case.of(new ArgMaxOp(1), Argument.of(DType.F32, 0, 13)));
        return cases;
    }

    private static void add(List<Case> cases, ReduceOp.Kind kind, DType dtype) {
        List<List<Integer>> choices =
                List.of(List.of(0), List.of(1), List.of(3), List.of(2, 3), List.of(0, 2), List.of(1, 2, 3), List.of());
        for (List<Integer> axes : choices) {
            for (Arrangement arrangement : Arrangement.values()) {
                cases.add(Case.of(
                        new ReduceOp(kind, axes),
                        Argument.of(dtype, Values.POSITIVE, 2, 3, 5, 7).as(arrangement)));
            }
        }
        for (long size : new long[] {1, 2, 3, 5, 7, 13, 17, 33, 65, 1025}) {
            cases.add(Case.of(new ReduceOp(kind, List.of(0)), Argument.of(dtype, Values.POSITIVE, size)));
            cases.add(Case.of(new ReduceOp(kind, List.of(1)), Argument.of(dtype, 3, size)));
        }
        cases.add(Case.of(new ReduceOp(kind, List.of(1)), Argument.of(dtype, 0, 3)));
        if (kind == ReduceOp.Kind.SUM) {
            cases.add(Case.of(new ReduceOp(kind, List.of(1)), Argument.of(dtype, 3, 0)));
        }
    }

    /* Such as devices cut into parts: one run, and runs with what stays between them. */
    private static void addLong(List<Case> cases, ReduceOp.Kind kind) {
        for (DType dtype : List.of(DType.F32, DType.BF16)) {
            cases.add(Case.of(new ReduceOp(kind, List.of(1)), Argument.of(dtype, Values.POSITIVE, 2, 40_003)));
            for (List<Integer> axes : List.of(List.of(0, 2), List.of(1), List.of(0, 1, 2, 3))) {
                cases.add(Case.of(new ReduceOp(kind, axes), Argument.of(dtype, Values.POSITIVE, 70, 3, 601, 1)));
            }
        }
    }
}
