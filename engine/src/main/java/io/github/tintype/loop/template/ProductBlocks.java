package io.github.tintype.loop.template;

import io.github.tintype.loop.Accumulator;
import io.github.tintype.loop.Argument;
import io.github.tintype.loop.Axis;
import io.github.tintype.loop.Index;
import io.github.tintype.loop.Kernel;
import io.github.tintype.loop.Memory;
import io.github.tintype.loop.Value;
import io.github.tintype.loop.ValueType;
import io.github.tintype.loop.Var;
import io.github.tintype.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * How a product [m,n] with a weight in panels is gone through: a point is a block of rows by a group of panels, and in it each panel meets each tile of rows. Its sizes are those of the
 * program: {@code m}, {@code n}, {@code tiles} of rows of a point, {@code row_blocks}, {@code panels}, {@code group} of panels of a point, {@code groups}.
 *
 * @param tail m modulo the tile's rows: code that is written for a number of rows is fast for others only
 * @param ragged whether n is no multiple of the tile's columns
 * @param sums F32, or I32 for pairs
 */
record ProductBlocks(RegisterTile tile, int tail, boolean ragged, DType sums) {
    /** What a product has come to, and where it belongs in rows of {@code width}. */
    record Result(Index row, Index column, Index width, Value total) {
        Index at() {
            return row.times(width).plus(column);
        }
    }

    /** Adds to the sums of a tile, whose first row and panel are given, in an iteration over lanes. */
    @FunctionalInterface
    interface Multiply {
        void add(TileBuilder b, RegisterTile rows, Accumulator[][] sums, Index row, Index panel, Index lane);
    }

    /** A point, as often as its inner dimension has parts. */
    interface Point {
        /** Each tile of it: its products, and what is done with them. */
        void through(Multiply multiply, BiConsumer<TileBuilder, List<Result>> finish);
    }

    private static Index size(String name) {
        return Index.of(new Argument.Size(name));
    }

    /** A grid of row blocks · groups. Counters are those of the whole product, not of a block: so it is proved that none leaves it. */
    Kernel kernel(String name, BiConsumer<TileBuilder, Point> body) {
        TileBuilder b = new TileBuilder();
        Var blockOf = new Var("p0");
        Var groupOf = new Var("p1");
        Memory.Local collected = new Memory.Local("collected", sums, tile.rows() * tile.columns());
        body.accept(b, (multiply, finish) -> new Walk(b, collected, multiply, finish).point(blockOf, groupOf));
        return new Kernel(
                name,
                List.of(new Axis(blockOf, size("row_blocks")), new Axis(groupOf, size("groups"))),
                ragged ? List.of(collected) : List.of(),
                b.body());
    }

    private final class Walk {
        private final TileBuilder b;
        private final Memory.Local collected;
        private final Multiply multiply;
        private final BiConsumer<TileBuilder, List<Result>> finish;

        private Walk(
                TileBuilder b,
                Memory.Local collected,
                Multiply multiply,
                BiConsumer<TileBuilder, List<Result>> finish) {
            this.b = b;
            this.collected = collected;
            this.multiply = multiply;
            this.finish = finish;
        }

        private void point(Var blockOf, Var groupOf) {
            Index height = Index.of(tile.rows());
            Index whole = size("m").dividedBy(height);
            Index firstTile = Index.of(blockOf).times(size("tiles"));
            Index lastTile = firstTile.plus(size("tiles"));
            Index firstPanel = Index.of(groupOf).times(size("group"));
            Index lastPanel = firstPanel.plus(size("group")).min(size("panels"));
            b.serial(firstPanel, lastPanel, panel -> {
                b.serial(firstTile, lastTile.min(whole), i -> tile(tile, i.times(height), panel));
                if (tail > 0) {
                    RegisterTile last = new RegisterTile(tail, tile.columns(), tile.lanes());
                    b.serial(
                            firstTile.max(whole),
                            lastTile.min(whole.plus(Index.of(1))),
                            _ -> tile(last, whole.times(height), panel));
                }
            });
        }

        private void tile(RegisterTile rows, Index row, Index panel) {
            Index columns = Index.of(tile.columns());
            Index column = panel.times(columns);
            b.vector(Index.of(tile.lanes()), lane -> {
                Accumulator[][] totals = rows.begin(b, ValueType.of(sums));
                multiply.add(b, rows, totals, row, panel, lane);
                if (ragged) {
                    rows.totals(
                            b,
                            totals,
                            (r, c, total) -> b.store(
                                    collected,
                                    Index.of((long) r * tile.columns() + c).plus(lane),
                                    total));
                    return;
                }
                List<Result> results = new ArrayList<>();
                rows.totals(
                        b,
                        totals,
                        (r, c, total) -> results.add(new Result(
                                row.plus(Index.of(r)), column.plus(Index.of(c)).plus(lane), size("n"), total)));
                finish.accept(b, results);
            });
            if (ragged) {
                Index end = size("n").minus(Index.of(1));
                b.serial(
                        Index.of(0),
                        Index.of(rows.rows()),
                        r -> b.vector(size("n").minus(column).min(columns), lane -> {
                            Value total = b.load(collected, r.times(columns).plus(lane));
                            Index at = column.plus(lane).min(end);
                            finish.accept(b, List.of(new Result(row.plus(r), at, size("n"), total)));
                        }));
            }
        }
    }
}
