package io.github.tintype.loop.template;

import io.github.tintype.loop.Accumulator;
import io.github.tintype.loop.Index;
import io.github.tintype.loop.Packed;
import io.github.tintype.loop.Value;
import io.github.tintype.loop.ValueType;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Sums of products that stay in registers: {@code rows} × {@code columns} of a matrix product, in the only iteration of a vector loop over {@code lanes}. What all templates
 * multiply by.
 *
 * @param rows of the left matrix: each a number for all lanes
 * @param columns of the right one: a multiple of {@code lanes}
 * @param lanes of a register
 */
public record RegisterTile(int rows, int columns, int lanes) {
    /** Steps of the innermost loop that are written out. */
    public static final int UNROLLED = 4;

    /** The left matrix's number of a row at {@code k}. */
    @FunctionalInterface
    interface Left {
        Value at(int row, Index k);
    }

    /** The right matrix's numbers at {@code k}, from a column on that is a multiple of the lanes: one for each lane. */
    @FunctionalInterface
    interface Right {
        Value at(Index k, int column);
    }

    /** What is done with a sum of the lanes from a column on. */
    @FunctionalInterface
    interface Sink {
        void accept(int row, int column, Value total);
    }

    public RegisterTile {
        if (rows < 1 || columns < lanes || columns % lanes != 0) {
            throw new IllegalArgumentException("tile: got %d rows and %d columns, wanted 1 or more and a multiple of %d"
                    .formatted(rows, columns, lanes));
        }
    }

    /** As many sums as a target of so many lanes has registers for, beside a row of the right matrix and a number of the left one. */
    public static RegisterTile of(int lanes) {
        return switch (lanes) {
            case 16 -> new RegisterTile(12, 32, lanes);
            case 8 -> new RegisterTile(6, 16, lanes);
            default -> new RegisterTile(4, 2 * lanes, lanes);
        };
    }

    /** This tile where registers have so many lanes, else the one of {@link #of}. */
    public RegisterTile forLanes(int others) {
        return others == lanes ? this : of(others);
    }

    /** The one of {@link #of}, then others with nearly as many sums. */
    public static List<RegisterTile> all(int lanes) {
        return switch (lanes) {
            case 16 -> List.of(of(lanes), new RegisterTile(8, 48, lanes));
            case 8 -> List.of(of(lanes), new RegisterTile(4, 24, lanes));
            default -> List.of(of(lanes));
        };
    }

    /** How many panels, as wide as the tile, so many columns of the right matrix are. */
    public long panels(long n) {
        return Math.ceilDiv(n, columns);
    }

    /** Elements of the right matrix [k,n] in panels. */
    public long panelElements(long n, long k) {
        return panels(n) * columns * k;
    }

    /** Where its element of a step and a column lies, of {@code k} steps. */
    public long panelIndex(long column, long step, long k) {
        return (column / columns * k + step) * columns + column % columns;
    }

    /** Sums of nothing, by row and register. */
    Accumulator[][] begin(TileBuilder b) {
        return begin(b, ValueType.F32);
    }

    /** Likewise of another type. */
    Accumulator[][] begin(TileBuilder b, ValueType type) {
        Accumulator[][] sums = new Accumulator[rows][columns / lanes];
        for (Accumulator[] row : sums) {
            Arrays.setAll(row, _ -> b.begin(type));
        }
        return sums;
    }

    /** Adds the products at k from 0 to {@code depth}, exclusive, one after the other. */
    void accumulate(TileBuilder b, Accumulator[][] sums, Index depth, Left left, Right right) {
        accumulate(b, Optional.empty(), sums, Index.of(0), depth, left, right);
    }

    /**
     * Adds the products at k from {@code from}, a multiple of {@link #UNROLLED}, to {@code to}, exclusive, one after the other.
     *
     * @param packed what is one value of the matrices, if that is no number
     */
    void accumulate(
            TileBuilder b,
            Optional<Packed> packed,
            Accumulator[][] sums,
            Index from,
            Index to,
            Left left,
            Right right) {
        // Compilers add up what they know to be sums of integers before they add it to others, for which there are no
        // registers.
        int steps = packed.equals(Optional.of(Packed.PAIR_I16)) ? 1 : UNROLLED;
        Index unrolled = Index.of(steps);
        Index whole = to.dividedBy(unrolled);
        b.serial(from.dividedBy(unrolled), whole, step -> {
            for (int i = 0; i < steps; i++) {
                step(b, packed, sums, step.times(unrolled).plus(Index.of(i)), left, right);
            }
        });
        if (steps > 1) {
            b.serial(whole.times(unrolled), to, k -> step(b, packed, sums, k, left, right));
        }
    }

    private void step(TileBuilder b, Optional<Packed> packed, Accumulator[][] sums, Index k, Left left, Right right) {
        Value[] row = new Value[columns / lanes];
        Arrays.setAll(row, group -> right.at(k, group * lanes));
        for (int r = 0; r < rows; r++) {
            Value number = left.at(r, k);
            for (int group = 0; group < row.length; group++) {
                b.product(packed, sums[r][group], number, row[group]);
            }
        }
    }

    /** Hands over all sums. */
    void totals(TileBuilder b, Accumulator[][] sums, Sink sink) {
        for (int row = 0; row < rows; row++) {
            for (int group = 0; group < sums[row].length; group++) {
                sink.accept(row, group * lanes, b.total(sums[row][group]));
            }
        }
    }

    /** As in {@code 6x16x8}. */
    @Override
    public String toString() {
        return rows + "x" + columns + "x" + lanes;
    }
}
