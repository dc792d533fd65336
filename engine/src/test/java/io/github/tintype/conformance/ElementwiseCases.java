package io.github.tintype.conformance;

import io.github.tintype.graph.BinaryOp;
import io.github.tintype.graph.CompareOp;
import io.github.tintype.graph.Op;
import io.github.tintype.graph.UnaryOp;
import io.github.tintype.graph.WhereOp;
import io.github.tintype.tensor.DType;
import java.util.ArrayList;
import java.util.List;

/** Functions of one, two and three operands, with broadcasting. */
final class ElementwiseCases {
    static final List<DType> FLOATS = List.of(DType.F32, DType.F16, DType.BF16, DType.F64);
    private static final List<DType> INTEGERS = List.of(DType.I64, DType.I32, DType.I16, DType.I8, DType.U8);

    private ElementwiseCases() {}

    static List<Case> all() {
        List<Case> cases = new ArrayList<>();
        for (UnaryOp.Kind kind : UnaryOp.Kind.values()) {
            addUnary(cases, kind);
        }
        for (BinaryOp.Kind kind : BinaryOp.Kind.values()) {
            addBinary(cases, kind);
        }
        for (CompareOp.Kind kind : CompareOp.Kind.values()) {
            for (DType dtype : List.of(DType.F32, DType.BF16, DType.I64, DType.I32, DType.U8)) {
                addBroadcasts(cases, new CompareOp(kind), dtype, Values.SMALL_INDEX);
            }
            cases.add(Case.of(
                    new CompareOp(kind),
                    Argument.of(DType.F32, Values.EXTREME, 13),
                    Argument.of(DType.F32, Values.EXTREME, 7, 1)));
        }
        addWhere(cases);
        return cases;
    }

    private static void addUnary(List<Case> cases, UnaryOp.Kind kind) {
        Op op = new UnaryOp(kind);
        if (kind == UnaryOp.Kind.NOT) {
            cases.add(Case.of(op, Argument.of(DType.BOOL, 17)));
            cases.add(Case.of(op, Argument.of(DType.BOOL, 3, 5).as(Arrangement.REVERSED)));
            return;
        }
        for (DType dtype : FLOATS) {
            for (Values values : values(kind)) {
                for (long size : new long[] {1, 2, 3, 5, 7, 13, 17, 33, 65}) {
                    cases.add(Case.of(op, Argument.of(dtype, values, size)));
                }
                for (Arrangement arrangement : Arrangement.values()) {
                    cases.add(Case.of(op, Argument.of(dtype, values, 2, 3, 5, 7).as(arrangement)));
                }
                cases.add(Case.of(op, Argument.of(dtype, values, 0, 3)));
                cases.add(Case.of(op, Argument.of(dtype, values)));
            }
        }
        if (kind == UnaryOp.Kind.NEG || kind == UnaryOp.Kind.ABS) {
            for (DType dtype : INTEGERS) {
                cases.add(Case.of(op, Argument.of(dtype, 33)));
                cases.add(Case.of(op, Argument.of(dtype, 3, 5).as(Arrangement.SLICED)));
            }
        }
    }

    private static List<Values> values(UnaryOp.Kind kind) {
        return switch (kind) {
            case SIN, COS -> List.of(Values.SIGNED, Values.WIDE);
            case SQRT, RSQRT, LOG -> List.of(Values.POSITIVE, Values.EXTREME);
            case NEG, ABS, EXP, TANH, ERF, ROUND, FLOOR -> List.of(Values.SIGNED, Values.EXTREME);
            case NOT -> List.of();
        };
    }

    private static void addBinary(List<Case> cases, BinaryOp.Kind kind) {
        Op op = new BinaryOp(kind);
        boolean positive = kind == BinaryOp.Kind.POW || kind == BinaryOp.Kind.DIV;
        for (DType dtype : FLOATS) {
            addBroadcasts(cases, op, dtype, positive ? Values.POSITIVE : Values.SIGNED);
            DType scalar = dtype == DType.F64 ? DType.F64 : DType.F32;
            cases.add(Case.of(op, Argument.of(dtype, Values.POSITIVE, 13), Argument.of(scalar, Values.POSITIVE)));
            cases.add(Case.of(op, Argument.of(scalar, Values.POSITIVE), Argument.of(dtype, Values.POSITIVE, 3, 5)));
            if (kind != BinaryOp.Kind.POW) {
                cases.add(
                        Case.of(op, Argument.of(dtype, Values.EXTREME, 13), Argument.of(dtype, Values.EXTREME, 7, 1)));
            }
        }
        for (DType dtype : INTEGERS) {
            addBroadcasts(cases, op, dtype, positive ? Values.POSITIVE : Values.SIGNED);
        }
    }

    private static void addBroadcasts(List<Case> cases, Op op, DType dtype, Values values) {
        for (long size : new long[] {1, 7, 17, 65}) {
            cases.add(Case.of(op, Argument.of(dtype, values, size), Argument.of(dtype, values, size)));
        }
        Argument image = Argument.of(dtype, values, 2, 3, 5, 7);
        for (Arrangement arrangement : Arrangement.values()) {
            cases.add(Case.of(op, image.as(arrangement), image));
            cases.add(Case.of(op, image, image.as(arrangement)));
            cases.add(Case.of(op, image.as(arrangement), Argument.of(dtype, values, 3, 1, 1)));
        }
        cases.add(Case.of(op, image, Argument.of(dtype, values, 7)));
        cases.add(Case.of(op, Argument.of(dtype, values, 2, 1, 5), Argument.of(dtype, values, 3, 1)));
        cases.add(Case.of(op, Argument.of(dtype, values, 0, 3), Argument.of(dtype, values, 3)));
    }

    private static void addWhere(List<Case> cases) {
        Op op = new WhereOp();
        for (DType dtype : List.of(DType.F32, DType.F16, DType.BF16, DType.I64, DType.U8, DType.BOOL)) {
            for (Arrangement arrangement : Arrangement.values()) {
                cases.add(Case.of(
                        op,
                        Argument.of(DType.BOOL, 2, 3, 5, 7).as(arrangement),
                        Argument.of(dtype, 2, 3, 5, 7),
                        Argument.of(dtype, 7).as(arrangement)));
            }
        }
        Argument extreme = Argument.of(DType.F32, Values.EXTREME, 17);
        cases.add(Case.of(op, Argument.of(DType.BOOL, 17), extreme, Argument.of(DType.F32)));
        cases.add(Case.of(op, Argument.of(DType.BOOL, 3, 1), Argument.of(DType.BF16, 5), Argument.of(DType.F32)));
    }
}
