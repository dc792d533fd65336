package io.github.tintype.loop.template;

import static io.github.tintype.loop.template.Template.size;

import io.github.tintype.loop.Accumulator;
import io.github.tintype.loop.Axis;
import io.github.tintype.loop.Index;
import io.github.tintype.loop.Kernel;
import io.github.tintype.loop.Memory;
import io.github.tintype.loop.Program;
import io.github.tintype.loop.Var;
import io.github.tintype.loop.template.MatmulTemplate.Other;
import io.github.tintype.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A convolution of any window by its direct sum, channels last, with sums in F32: a product whose rows are pixels of the result, and whose inner dimension goes through the window. What a
 * window needs of a row of the image lies side by side, a run; runs are read where they are, so no matrix of windows is ever written. It is cut as {@link MatmulTemplate} is, the inner
 * dimension into parts of whole runs.
 *
 * <p>A step of the inner dimension is a number of x by one of w, or a pair of each, as {@link MatmulTemplate} has it.
 *
 * <p>Around the image are zeros: where it has them, it is copied between them first, so that no window asks whether it is inside.
 *
 * <ul>
 *   <li>{@code x} [n,h,w,c]; {@code padded} [n,padded h,padded w,c], F32 unless numbers are multiplied in pairs; {@code places} [m]: where the windows of pixels begin; {@code y} [m,n], which is [n,h',w',o]; {@code bias},
 *       {@code other} as {@link MatmulTemplate} has them
 *   <li>{@code w}: the weight [o,kh,kw,c] as panels of o by the steps of kh·kw·c, see {@link RegisterTile#panelIndex}
 * </ul>
 *
 * @param tile the products in registers: pixels by output channels
 * @param tail pixels of all results modulo the tile's rows
 * @param ragged whether the output channels are no multiple of the tile's columns
 * @param operands the type of x, y, bias and other: F32, BF16 or F16
 * @param weight the type that the weight is kept in: any float
 * @param pairs whether numbers are multiplied in pairs, of BF16 on both sides
 * @param copies whether x is copied between zeros first; operands that are to be widened are
 * @param bias whether there is one
 * @param other what else is added to a result
 */
public record DirectTemplate(
        RegisterTile tile,
        int tail,
        boolean ragged,
        DType operands,
        DType weight,
        boolean pairs,
        boolean copies,
        boolean bias,
        Optional<Other> other)
        implements PairedTemplate {
    /** The program's buffers, in the order of its arguments. */
    public enum Buffer {
        X,
        /** Of images that are copied. */
        PADDED,
        PLACES,
        W,
        Y,
        BIAS,
        OTHER
    }

    /** The program's sizes, in the order of its arguments; {@link DirectShape} has their values. What is read is {@code padded}, or x where that isn't copied; distances in it are steps. */
    public enum Size {
        /** Pixels of all results. */
        M,
        /** Output channels. */
        N,
        /** Rows of an image of x. */
        H,
        /** Elements of a row of x. */
        ROW,
        /** Elements of a row of x that some window reaches. */
        COPIED,
        /** Rows of {@code padded}. */
        PADDED_ROWS,
        /** Rows of an image of {@code padded}. */
        PADDED_H,
        /** Elements of a row of {@code padded}. */
        PADDED_ROW,
        /** Rows of zeros above an image. */
        TOP,
        /** Elements of zeros before a row. */
        LEFT,
        /** Rows of all results. */
        OUT_ROWS,
        /** Rows of a result. */
        OUT_H,
        /** Pixels of a row of a result. */
        OUT_W,
        /** From the window of an image's first pixel to that of the next image's. */
        IMAGE,
        /** From a window to that of the pixel below. */
        DOWN,
        /** From a window to that of the pixel beside. */
        ACROSS,
        /** Where the last window begins. */
        LAST,
        /** From a row of a window to the next. */
        WINDOW_DOWN,
        /** From a run to the next in a row of a window. */
        WINDOW_ACROSS,
        /** Steps of a run. */
        RUN,
        /** Runs in a row of a window. */
        RUNS,
        /** Runs of a window. */
        ALL_RUNS,
        /** Runs that are done at once; all, unless operands are F32. */
        PART,
        /** ⌈ALL_RUNS / PART⌉. */
        PARTS
    }

    /** How it is cut: sizes that follow the others. */
    public enum Cut {
        /** Tiles of rows of a point. */
        TILES,
        /** ⌈⌈M / rows⌉ / TILES⌉. */
        ROW_BLOCKS,
        /** ⌈N / columns⌉. */
        PANELS,
        /** Panels of a point. */
        GROUP,
        /** ⌈PANELS / GROUP⌉. */
        GROUPS
    }

    private static final Index ZERO = Index.of(0);
    private static final Index ONE = Index.of(1);

    public DirectTemplate {
        if (tail < 0 || tail >= tile.rows()) {
            throw new IllegalArgumentException(
                    "direct: got a tail of %d pixels, wanted 0 to %d".formatted(tail, tile.rows() - 1));
        }
        PairedTemplate.check("direct", pairs, operands, weight);
        if (operands != DType.F32 && !pairs && !copies) {
            throw new IllegalArgumentException(
                    "direct: got an image of %s read in place, wanted F32".formatted(operands));
        }
    }

    /** The type of {@code padded}. */
    public DType padded() {
        return pairs ? DType.BF16 : DType.F32;
    }

    /** Its buffers. */
    public List<Buffer> buffers() {
        List<Buffer> buffers = new ArrayList<>(List.of(Buffer.X));
        if (copies) {
            buffers.add(Buffer.PADDED);
        }
        buffers.addAll(List.of(Buffer.PLACES, Buffer.W, Buffer.Y));
        if (bias) {
            buffers.add(Buffer.BIAS);
        }
        if (other.isPresent()) {
            buffers.add(Buffer.OTHER);
        }
        return buffers;
    }

    private Memory.Buffer buffer(Buffer buffer) {
        DType dtype = switch (buffer) {
            case W -> weight;
            case PADDED -> padded();
            case PLACES -> DType.I64;
            case X, Y, BIAS, OTHER -> operands;
        };
        return new Memory.Buffer(buffer.name().toLowerCase(Locale.ROOT), dtype);
    }

    /** Grids of rows of results, if the image is copied of rows of {@code padded}, and of row blocks · groups points. */
    @Override
    public Program program() {
        return new Program(
                name(),
                buffers().stream().map(this::buffer).toList(),
                Stream.concat(Arrays.stream(Size.values()), Arrays.stream(Cut.values()))
                        .map(Template::argument)
                        .toList(),
                List.of(),
                copies ? List.of(places(), padding(), products()) : List.of(places(), products()));
    }

    @Override
    public String name() {
        return "direct";
    }

    @Override
    public List<Object> parameters() {
        return List.of(tile, tail, ragged, operands, weight, pairs, copies, bias, other);
    }

    @Override
    public List<String> kernels() {
        return copies
                ? List.of("direct_places", "direct_padding", "direct_block")
                : List.of("direct_places", "direct_block");
    }

    private Kernel places() {
        TileBuilder b = new TileBuilder();
        Var point = new Var("p0");
        Index row = Index.of(point);
        Index first = row.dividedBy(size(Size.OUT_H))
                .times(size(Size.IMAGE))
                .plus(row.modulo(size(Size.OUT_H)).times(size(Size.DOWN)));
        b.serial(
                ZERO,
                size(Size.OUT_W),
                pixel -> b.store(
                        buffer(Buffer.PLACES),
                        row.times(size(Size.OUT_W)).plus(pixel),
                        b.position(first.plus(pixel.times(size(Size.ACROSS))))));
        return new Kernel("direct_places", List.of(new Axis(point, size(Size.OUT_ROWS))), List.of(), b.body());
    }

    /* Rows above and below the image are zeros, others have some on both sides. A loop of one pass or none is what tells them apart. */
    private Kernel padding() {
        TileBuilder b = new TileBuilder();
        Var point = new Var("p0");
        Index row = Index.of(point);
        Index to = row.times(size(Size.PADDED_ROW));
        Index y = row.modulo(size(Size.PADDED_H)).minus(size(Size.TOP));
        Index inside = Inside.times(y, 1, size(Size.H));
        Index from = row.dividedBy(size(Size.PADDED_H))
                .times(size(Size.H))
                .plus(Inside.within(y, size(Size.H).minus(ONE)))
                .times(size(Size.ROW));
        Index end = size(Size.LEFT).plus(size(Size.COPIED));
        b.serial(ZERO, inside, _ -> {
            zeros(b, to, size(Size.LEFT));
            b.vector(
                    size(Size.COPIED),
                    i -> b.store(
                            buffer(Buffer.PADDED),
                            to.plus(size(Size.LEFT)).plus(i),
                            b.load(buffer(Buffer.X), from.plus(i))));
            zeros(b, to.plus(end), size(Size.PADDED_ROW).minus(end));
        });
        b.serial(inside, ONE, _ -> zeros(b, to, size(Size.PADDED_ROW)));
        return new Kernel("direct_padding", List.of(new Axis(point, size(Size.PADDED_ROWS))), List.of(), b.body());
    }

    private void zeros(TileBuilder b, Index from, Index count) {
        b.vector(count, i -> b.store(buffer(Buffer.PADDED), from.plus(i), b.f32(0)));
    }

    private Kernel products() {
        return new ProductBlocks(tile, tail, ragged, DType.F32)
                .kernel(
                        "direct_block",
                        (b, blocks) -> b.serial(ZERO, size(Size.PARTS), part -> {
                            Index first = part.times(size(Size.PART));
                            Index end = first.plus(size(Size.PART)).min(size(Size.ALL_RUNS));
                            blocks.through(
                                    (_, rows, sums, row, panel, lane) ->
                                            multiply(b, rows, sums, new Place(row, panel, lane), first, end),
                                    (_, results) -> finish(b, part, results));
                        }));
    }

    /* A tile's first row, its panel, and a lane. */
    private record Place(Index row, Index panel, Index lane) {}

    private void multiply(TileBuilder b, RegisterTile rows, Accumulator[][] sums, Place place, Index first, Index end) {
        Index[] windows = new Index[rows.rows()];
        Arrays.setAll(
                windows,
                r -> Inside.within(
                        new Index.Data(b.load(buffer(Buffer.PLACES), place.row().plus(Index.of(r)))), size(Size.LAST)));
        Buffer source = copies ? Buffer.PADDED : Buffer.X;
        b.serial(first, end, run -> {
            Index within = run.dividedBy(size(Size.RUNS))
                    .times(size(Size.WINDOW_DOWN))
                    .plus(run.modulo(size(Size.RUNS)).times(size(Size.WINDOW_ACROSS)));
            Index weights = place.panel().times(size(Size.ALL_RUNS)).plus(run).times(size(Size.RUN));
            rows.accumulate(
                    b,
                    packed(),
                    sums,
                    ZERO,
                    size(Size.RUN),
                    (r, k) -> b.load(
                            packed(), buffer(source), windows[r].plus(within).plus(k)),
                    (k, c) -> b.load(
                            packed(),
                            buffer(Buffer.W),
                            weights.plus(k)
                                    .times(Index.of(tile.columns()))
                                    .plus(Index.of(c))
                                    .plus(place.lane())));
        });
    }

    private void finish(TileBuilder b, Index part, List<ProductBlocks.Result> sums) {
        ProductResults results = new ProductResults(
                buffer(Buffer.Y),
                bias ? Optional.of(buffer(Buffer.BIAS)) : Optional.empty(),
                other.map(form -> new ProductResults.Addend(
                        buffer(Buffer.OTHER), form, size(Size.OUT_H).times(size(Size.OUT_W)))));
        if (operands == DType.F32) {
            results.store(b, part, sums);
            return;
        }
        results.store(b, sums);
    }
}
