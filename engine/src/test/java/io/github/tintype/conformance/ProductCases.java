package io.github.tintype.conformance;

import io.github.tintype.graph.Conv2dOp;
import io.github.tintype.graph.LinearOp;
import io.github.tintype.graph.MatMulOp;
import io.github.tintype.graph.UpsampleConv2dOp;
import io.github.tintype.tensor.DType;
import java.util.ArrayList;
import java.util.List;

/** Matrix products and convolutions. */
final class ProductCases {
    private static final long[][] SIZES = {
        {1, 1, 1},
        {1, 17, 33},
        {2, 3, 5},
        {7, 13, 1},
        {13, 1, 7},
        {17, 33, 65},
        {65, 65, 17},
        {33, 257, 5},
        {0, 3, 5},
        {3, 0, 5}
    };

    private ProductCases() {}

    static List<Case> all() {
        List<Case> cases = new ArrayList<>();
        for (DType dtype : ElementwiseCases.FLOATS) {
            for (long[] size : SIZES) {
                addMatMul(cases, dtype, size[0], size[1], size[2]);
                addLinear(cases, dtype, size[0], size[1], size[2]);
            }
            cases.add(Case.of(new MatMulOp(), Argument.of(dtype, 2, 1, 3, 5), Argument.of(dtype, 3, 5, 7)));
            cases.add(Case.of(new MatMulOp(), Argument.of(dtype, 3, 5), Argument.of(dtype, 2, 5, 7)));
            for (Arrangement arrangement : Arrangement.values()) {
                cases.add(Case.of(
                        new MatMulOp(),
                        Argument.of(dtype, 2, 3, 5, 7).as(arrangement),
                        Argument.of(dtype, 2, 3, 7, 13).as(arrangement)));
                cases.add(Case.of(
                        new LinearOp(),
                        Argument.of(dtype, 2, 5, 7).as(arrangement),
                        Argument.of(dtype, 13, 7).asWeight(),
                        Argument.of(dtype, 13).asWeight()));
            }
            cases.add(Case.of(new LinearOp(), Argument.of(dtype, 7), Argument.of(dtype, 13, 7)));
        }
        for (DType dtype : List.of(DType.F32, DType.F16, DType.BF16)) {
            Argument extreme = Argument.of(dtype, Values.EXTREME, 11, 1);
            cases.add(Case.of(new MatMulOp(), extreme, Argument.of(dtype, Values.POSITIVE, 1, 5)));
            cases.add(Case.of(
                    new LinearOp(),
                    extreme,
                    Argument.of(dtype, Values.POSITIVE, 17, 1).asWeight()));
        }
        return cases;
    }

    private static void addMatMul(List<Case> cases, DType dtype, long m, long k, long n) {
        Argument a = Argument.of(dtype, m, k);
        Argument b = Argument.of(dtype, k, n);
        cases.add(Case.of(new MatMulOp(), a, b));
        cases.add(Case.of(new MatMulOp(), a, b.as(Arrangement.REVERSED)));
        cases.add(Case.of(new MatMulOp(), a.as(Arrangement.REVERSED), b));
        cases.add(Case.of(new MatMulOp(), a.as(Arrangement.SLICED), b.as(Arrangement.SLICED)));
    }

    private static void addLinear(List<Case> cases, DType dtype, long m, long k, long n) {
        Argument x = Argument.of(dtype, m, k);
        Argument weight = Argument.of(dtype, n, k).asWeight();
        cases.add(Case.of(new LinearOp(), x, weight));
        cases.add(Case.of(new LinearOp(), x, weight, Argument.of(dtype, n).asWeight()));
    }

    static List<Case> convolutions() {
        List<Case> cases = new ArrayList<>();
        for (DType dtype : ElementwiseCases.FLOATS) {
            for (Arrangement arrangement : Arrangement.values()) {
                add(cases, dtype, new Conv2dOp(1, 1, 1, 1), arrangement, new long[] {2, 3, 5, 7}, 5, 3);
                add(cases, dtype, new Conv2dOp(2, 1, 1, 1), arrangement, new long[] {1, 5, 13, 7}, 3, 3);
                add(cases, dtype, new Conv2dOp(1, 0, 1, 1), arrangement, new long[] {2, 7, 3, 5}, 13, 1);
            }
            add(cases, dtype, new Conv2dOp(2, 0, 1, 1), Arrangement.CONTIGUOUS, new long[] {1, 3, 7, 7}, 2, 3);
            add(cases, dtype, new Conv2dOp(1, 2, 2, 1), Arrangement.CONTIGUOUS, new long[] {1, 3, 7, 5}, 2, 3);
            add(cases, dtype, new Conv2dOp(1, 1, 1, 2), Arrangement.CONTIGUOUS, new long[] {1, 4, 5, 5}, 6, 3);
            add(cases, dtype, new Conv2dOp(1, 1, 1, 7), Arrangement.CHANNELS_LAST, new long[] {1, 7, 5, 5}, 7, 3);
            add(cases, dtype, new Conv2dOp(3, 2, 1, 1), Arrangement.CONTIGUOUS, new long[] {1, 2, 13, 17}, 3, 5);
            add(cases, dtype, new Conv2dOp(14, 0, 1, 1), Arrangement.CONTIGUOUS, new long[] {1, 3, 28, 28}, 5, 14);
            add(cases, dtype, new Conv2dOp(1, 1, 1, 1), Arrangement.CHANNELS_LAST, new long[] {1, 33, 17, 13}, 17, 3);
            add(cases, dtype, new Conv2dOp(1, 1, 1, 1), Arrangement.CHANNELS_LAST, new long[] {1, 65, 8, 8}, 65, 3);
            add(cases, dtype, new Conv2dOp(1, 1, 1, 1), Arrangement.CONTIGUOUS, new long[] {1, 1, 1, 1}, 1, 3);
            add(cases, dtype, new Conv2dOp(1, 1, 1, 1), Arrangement.CONTIGUOUS, new long[] {0, 3, 5, 5}, 2, 3);
        }
        for (DType dtype : List.of(DType.F32, DType.F16, DType.BF16)) {
            for (Arrangement arrangement : Arrangement.values()) {
                cases.add(Case.of(
                        new UpsampleConv2dOp(new Conv2dOp(1, 1, 1, 1)),
                        Argument.of(dtype, 2, 33, 5, 7).as(arrangement),
                        Argument.of(dtype, 35, 33, 3, 3).asWeight(),
                        Argument.of(dtype, 35).asWeight()));
            }
            cases.add(Case.of(
                    new Conv2dOp(1, 0, 1, 1),
                    Argument.of(dtype, Values.EXTREME, 1, 1, 5, 11),
                    Argument.of(dtype, Values.POSITIVE, 3, 1, 2, 2).asWeight()));
        }
        return cases;
    }

    private static void add(
            List<Case> cases, DType dtype, Conv2dOp op, Arrangement arrangement, long[] x, long o, long kernel) {
        Argument image = Argument.of(dtype, x).as(arrangement);
        Argument weight =
                Argument.of(dtype, o, x[1] / op.groups(), kernel, kernel).asWeight();
        cases.add(Case.of(op, image, weight));
        cases.add(Case.of(op, image, weight, Argument.of(dtype, o).asWeight()));
    }
}
