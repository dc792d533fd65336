package io.github.tintype.conformance;

import io.github.tintype.graph.ArangeOp;
import io.github.tintype.graph.CastOp;
import io.github.tintype.graph.CatOp;
import io.github.tintype.graph.ExpandOp;
import io.github.tintype.graph.FullOp;
import io.github.tintype.graph.IndexSelectOp;
import io.github.tintype.graph.Op;
import io.github.tintype.graph.PadOp;
import io.github.tintype.graph.PermuteOp;
import io.github.tintype.graph.ReshapeOp;
import io.github.tintype.graph.SliceOp;
import io.github.tintype.graph.UpsampleNearestOp;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;

/** Ops that move, repeat or make elements, and casts. */
final class MovementCases {
    private MovementCases() {}

    static List<Case> casts() {
        List<Case> cases = new ArrayList<>();
        for (DType from : DType.values()) {
            for (DType to : DType.values()) {
                Values values = to == DType.U8 ? Values.POSITIVE : Values.SIGNED;
                for (long size : new long[] {1, 17, 65}) {
                    cases.add(Case.of(new CastOp(to), Argument.of(from, values, size)));
                }
                cases.add(Case.of(
                        new CastOp(to), Argument.of(from, values, 2, 3, 5, 7).as(Arrangement.CHANNELS_LAST)));
                if (from.isFloat() && to.isFloat()) {
                    cases.add(Case.of(new CastOp(to), Argument.of(from, Values.EXTREME, 13)));
                }
            }
        }
        return cases;
    }

    static List<Case> all() {
        List<Case> cases = new ArrayList<>();
        for (DType dtype : List.of(DType.F32, DType.F16, DType.BF16, DType.I64, DType.U8, DType.BOOL)) {
            Argument image = Argument.of(dtype, 2, 3, 5, 7);
            for (Arrangement arrangement : Arrangement.values()) {
                for (Op op : onImage()) {
                    cases.add(Case.of(op, image.as(arrangement)));
                }
                addCat(cases, dtype, arrangement);
                addIndexSelect(cases, dtype, arrangement);
            }
            for (long size : new long[] {1, 2, 3, 7, 13, 33, 65}) {
                cases.add(Case.of(new FullOp(TensorType.of(dtype, size), 1)));
                cases.add(Case.of(new SliceOp(0, size / 2, size), Argument.of(dtype, size, 3)));
            }
            cases.add(Case.of(new ReshapeOp(Shape.of(3, 0)), Argument.of(dtype, 0, 5)));
            cases.add(Case.of(new SliceOp(0, 2, 2), Argument.of(dtype, 5, 3)));
            cases.add(Case.of(new PadOp(0, 1, 1, 1), Argument.of(dtype, 0, 3)));
        }
        for (DType dtype : List.of(DType.F32, DType.I64, DType.I32)) {
            for (long size : new long[] {0, 1, 17, 65}) {
                cases.add(Case.of(new ArangeOp(Dim.of(size), dtype)));
            }
        }
        cases.add(Case.of(new FullOp(TensorType.of(DType.F32, 3, 5), Double.NEGATIVE_INFINITY)));
        cases.add(Case.of(new FullOp(TensorType.of(DType.F16), 0.1)));
        return cases;
    }

    private static List<Op> onImage() {
        return List.of(
                new ReshapeOp(Shape.of(6, 35)),
                new ReshapeOp(Shape.of(7, 5, 3, 2)),
                new PermuteOp(List.of(0, 2, 3, 1)),
                new PermuteOp(List.of(3, 1, 0, 2)),
                new ExpandOp(Shape.of(3, 2, 3, 5, 7)),
                new SliceOp(1, 1, 3),
                new SliceOp(3, 2, 5),
                new PadOp(2, 1, 0, 0),
                new PadOp(3, 2, 3, 1),
                new UpsampleNearestOp(Dim.of(10), Dim.of(14)),
                new UpsampleNearestOp(Dim.of(9), Dim.of(13)),
                new UpsampleNearestOp(Dim.of(3), Dim.of(7)),
                new UpsampleNearestOp(Dim.of(245), Dim.of(7)));
    }

    private static void addCat(List<Case> cases, DType dtype, Arrangement arrangement) {
        Argument image = Argument.of(dtype, 2, 3, 5, 7);
        for (int axis = 0; axis < 4; axis++) {
            cases.add(Case.of(new CatOp(axis), image, image.as(arrangement), image));
        }
        Argument thin = Argument.of(dtype, 2, 1, 5, 7).as(arrangement);
        cases.add(Case.of(new CatOp(1), thin, image.as(arrangement), Argument.of(dtype, 2, 0, 5, 7)));
    }

    private static void addIndexSelect(List<Case> cases, DType dtype, Arrangement arrangement) {
        Argument table = Argument.of(dtype, 5, 17);
        Argument index = Argument.of(DType.I64, Values.SMALL_INDEX, 3, 7).as(arrangement);
        cases.add(Case.of(new IndexSelectOp(0), table.as(arrangement), index));
        cases.add(Case.of(new IndexSelectOp(1), table.as(arrangement), index));
        cases.add(Case.of(new IndexSelectOp(0), table.asWeight(), Argument.of(DType.I64, Values.SMALL_INDEX, 13)));
        cases.add(Case.of(new IndexSelectOp(1), table, Argument.of(DType.I64, Values.SMALL_INDEX)));
    }
}
