package io.github.tintype.loop.template;

import static io.github.tintype.loop.template.Template.size;

import io.github.tintype.loop.Accumulator;
import io.github.tintype.loop.Axis;
import io.github.tintype.loop.Index;
import io.github.tintype.loop.Kernel;
import io.github.tintype.loop.Memory;
import io.github.tintype.loop.Program;
import io.github.tintype.loop.Value;
import io.github.tintype.loop.ValueType;
import io.github.tintype.loop.Var;
import io.github.tintype.loop.template.MatmulTemplate.Other;
import io.github.tintype.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/**
 * A convolution with stride 1 to a few channels, channels last, computed in F32: each pixel is multiplied with all taps of all outputs at once, then each result adds up what its taps have
 * come to at its neighbours. A few outputs alone would leave most lanes of a register empty, and the image would be read for each tap; so it is read once, and the zeros around it cost
 * nothing. Images are done in chunks, some rows of results and the pixels that these read, so that products stay in cache.
 *
 * <ul>
 *   <li>{@code x} [n,h,w,c]; {@code wide} the pixels of a chunk in F32; {@code products} [M,N], of which the first taps · outputs are used; {@code y} [n,h',w',outputs], {@code bias},
 *       {@code other} as {@link MatmulTemplate} has them
 *   <li>{@code weight}: the weight [kh,kw,o,c] as panels of taps · outputs by c steps, see {@link RegisterTile#panelIndex}; 0 beyond
 * </ul>
 *
 * @param tile the products in registers: pixels by taps
 * @param tail pixels of a chunk modulo the tile's rows
 * @param high rows of the window
 * @param wide columns of the window
 * @param dilation from a tap to the next
 * @param outputs channels of the result
 * @param operands the type of x, y, bias and other: F32, BF16 or F16
 * @param weight the type that the weight is kept in: any float
 * @param bias whether there is one
 * @param other what else is added to a result
 */
public record TapsTemplate(
        RegisterTile tile,
        int tail,
        int high,
        int wide,
        int dilation,
        int outputs,
        DType operands,
        DType weight,
        boolean bias,
        Optional<Other> other)
        implements Template {
    /** The program's buffers, in the order of its arguments. */
    public enum Buffer {
        X,
        /** Of operands that aren't F32. */
        WIDE,
        WEIGHT,
        PRODUCTS,
        Y,
        BIAS,
        OTHER
    }

    /** The program's sizes, in the order of its arguments. */
    public enum Size {
        /** Pixels of a chunk. */
        M,
        /** The first of them. */
        FROM,
        /** Columns of the products: those of all panels. */
        N,
        /** Channels of the image. */
        K,
        H,
        W,
        /** Rows of zeros above an image. */
        TOP,
        /** Columns of zeros before it. */
        LEFT,
        /** Rows of all results. */
        OUT_ROWS,
        /** Rows of a result. */
        OUT_H,
        /** Pixels of a row of a result. */
        OUT_W,
        /** Tiles of rows of a point. */
        TILES,
        /** ⌈⌈M / rows⌉ / TILES⌉. */
        ROW_BLOCKS,
        /** N / columns. */
        PANELS,
        /** Panels of a point. */
        GROUP,
        /** ⌈PANELS / GROUP⌉. */
        GROUPS
    }

    /* Elements of a line of cache, everywhere we run. */
    private static final long LINE = 16;
    private static final Index ZERO = Index.of(0);
    private static final Index ONE = Index.of(1);

    public TapsTemplate {
        if (tail < 0 || tail >= tile.rows()) {
            throw new IllegalArgumentException(
                    "taps: got a tail of %d pixels, wanted 0 to %d".formatted(tail, tile.rows() - 1));
        }
        if (high < 1 || wide < 1 || dilation < 1 || outputs < 1) {
            throw new IllegalArgumentException("taps: got %d by %d, %d apart, of %d outputs, wanted 1 or more"
                    .formatted(high, wide, dilation, outputs));
        }
    }

    /** Whether x is widened first. */
    public boolean widens() {
        return operands != DType.F32;
    }

    /** Columns of the products that are used. */
    public int columns() {
        return high * wide * outputs;
    }

    /** The column of a tap, by its row and column in the window, of an output. */
    public int column(int row, int column, int output) {
        return (row * wide + column) * outputs + output;
    }

    /** Its buffers. */
    public List<Buffer> buffers() {
        List<Buffer> buffers = new ArrayList<>(List.of(Buffer.X));
        if (widens()) {
            buffers.add(Buffer.WIDE);
        }
        buffers.addAll(List.of(Buffer.WEIGHT, Buffer.PRODUCTS, Buffer.Y));
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
            case WEIGHT -> weight;
            case WIDE, PRODUCTS -> DType.F32;
            case X, Y, BIAS, OTHER -> operands;
        };
        return new Memory.Buffer(buffer.name().toLowerCase(Locale.ROOT), dtype);
    }

    /** Grids of row blocks · groups points and of rows of all results, of which those of the chunk can be done; where operands aren't F32, of pixels of the chunk before. */
    @Override
    public Program program() {
        return new Program(
                name(),
                buffers().stream().map(this::buffer).toList(),
                Arrays.stream(Size.values()).map(Template::argument).toList(),
                List.of(),
                widens() ? List.of(widening(), products(), sums()) : List.of(products(), sums()));
    }

    @Override
    public String name() {
        return "taps";
    }

    @Override
    public List<Object> parameters() {
        return List.of(tile, tail, high, wide, dilation, outputs, operands, weight, bias, other);
    }

    @Override
    public List<String> kernels() {
        return widens() ? List.of("taps_pixels", "taps_block", "taps_sums") : List.of("taps_block", "taps_sums");
    }

    private Kernel widening() {
        TileBuilder b = new TileBuilder();
        Var point = new Var("p0");
        Index pixel = Index.of(point);
        Index from = size(Size.FROM).plus(pixel).times(size(Size.K));
        b.vector(
                size(Size.K),
                k -> b.store(
                        buffer(Buffer.WIDE),
                        pixel.times(size(Size.K)).plus(k),
                        b.load(buffer(Buffer.X), from.plus(k))));
        return new Kernel("taps_pixels", List.of(new Axis(point, size(Size.M))), List.of(), b.body());
    }

    private Kernel products() {
        return new ProductBlocks(tile, tail, false, DType.F32)
                .kernel(
                        "taps_block",
                        (_, blocks) -> blocks.through(
                                this::multiply,
                                (b, results) -> results.forEach(
                                        result -> b.store(buffer(Buffer.PRODUCTS), result.at(), result.total()))));
    }

    private void multiply(TileBuilder b, RegisterTile rows, Accumulator[][] sums, Index row, Index panel, Index lane) {
        Index first = widens() ? row : size(Size.FROM).plus(row);
        if (!widens()) {
            b.serial(panel.min(ONE), ONE, _ -> fetchAhead(b, rows, first));
        }
        rows.accumulate(
                b,
                sums,
                size(Size.K),
                (r, k) -> b.load(
                        buffer(widens() ? Buffer.WIDE : Buffer.X),
                        first.plus(Index.of(r)).times(size(Size.K)).plus(k)),
                (k, c) -> b.load(
                        buffer(Buffer.WEIGHT),
                        panel.times(size(Size.K))
                                .plus(k)
                                .times(Index.of(tile.columns()))
                                .plus(Index.of(c))
                                .plus(lane)));
    }

    /* The pixels of the next tile, line by line, for all panels: a tile takes less time than memory does to see that there is a stream, and 128 channels to 3 twice as long without. */
    private void fetchAhead(TileBuilder b, RegisterTile rows, Index row) {
        Index elements = size(Size.K).times(Index.of(rows.rows()));
        Index next = row.times(size(Size.K)).plus(elements);
        Index line = Index.of(LINE);
        b.serial(ZERO, elements.dividedBy(line), i -> b.prefetch(buffer(Buffer.X), next.plus(i.times(line))));
    }

    /* A row of results: its image, and the row of it that windows begin at, which may be outside. */
    private record Row(Index number, Index image, Index top) {
        static Row of(Var point) {
            Index number = Index.of(point);
            return new Row(
                    number,
                    number.dividedBy(size(Size.OUT_H)),
                    number.modulo(size(Size.OUT_H)).minus(size(Size.TOP)));
        }

        /* The number of a pixel in its chunk. */
        Index pixel(Index y, Index x) {
            return image.times(size(Size.H)).plus(y).times(size(Size.W)).plus(x).minus(size(Size.FROM));
        }
    }

    /*
     * Windows wholly inside of the image are added up without asking, those on both sides of them tap by tap. That pixels are in the chunk is seen to by who runs it, and clamped so that it
     * is proved without.
     */
    private Kernel sums() {
        TileBuilder b = new TileBuilder();
        Var point = new Var("p0");
        Row row = Row.of(point);
        Index inside = Inside.times(row.top(), span(high), size(Size.H));
        Index columnsLeft = size(Size.W).minus(Index.of(span(wide) - 1));
        Index begin = size(Size.LEFT).min(size(Size.OUT_W));
        Index end = columnsLeft.plus(size(Size.LEFT)).min(size(Size.OUT_W)).max(begin);
        Index whole = begin.plus(end.minus(begin).times(inside));
        b.serial(ZERO, begin, pixel -> store(b, row, pixel, output -> sum(b, row, pixel, output)));
        b.serial(begin, whole, pixel -> store(b, row, pixel, output -> wholeSum(b, row, pixel, output)));
        b.serial(whole, size(Size.OUT_W), pixel -> store(b, row, pixel, output -> sum(b, row, pixel, output)));
        return new Kernel("taps_sums", List.of(new Axis(point, size(Size.OUT_ROWS))), List.of(), b.body());
    }

    private long span(int taps) {
        return (taps - 1L) * dilation + 1;
    }

    private void store(TileBuilder b, Row row, Index pixel, Function<Index, Value> sum) {
        ProductResults finish = new ProductResults(
                buffer(Buffer.Y),
                bias ? Optional.of(buffer(Buffer.BIAS)) : Optional.empty(),
                other.map(form -> new ProductResults.Addend(
                        buffer(Buffer.OTHER), form, size(Size.OUT_H).times(size(Size.OUT_W)))));
        Index result = row.number().times(size(Size.OUT_W)).plus(pixel);
        b.vector(
                Index.of(outputs),
                output -> finish.store(
                        b, List.of(new ProductBlocks.Result(result, output, Index.of(outputs), sum.apply(output)))));
    }

    private Value wholeSum(TileBuilder b, Row row, Index pixel, Index output) {
        Accumulator sum = b.begin(ValueType.F32);
        Index behind = size(Size.W).times(Index.of(span(high) - 1)).plus(Index.of(span(wide)));
        Index first = row.pixel(row.top(), pixel.minus(size(Size.LEFT)))
                .min(size(Size.M).minus(behind))
                .max(ZERO)
                .times(size(Size.N))
                .plus(output);
        for (int i = 0; i < high; i++) {
            for (int j = 0; j < wide; j++) {
                Index apart = size(Size.W).times(Index.of((long) i * dilation)).plus(Index.of((long) j * dilation));
                Index product = first.plus(apart.times(size(Size.N))).plus(Index.of(column(i, j, 0)));
                b.accumulate(sum, b.load(buffer(Buffer.PRODUCTS), product));
            }
        }
        return b.total(sum);
    }

    /* Of the taps that are inside. */
    private Value sum(TileBuilder b, Row row, Index pixel, Index output) {
        Accumulator sum = b.begin(ValueType.F32);
        Index left = pixel.minus(size(Size.LEFT));
        b.serial(first(row.top()), end(row.top(), Size.H, high), i -> {
            Index y = row.top().plus(i.times(Index.of(dilation)));
            b.serial(first(left), end(left, Size.W, wide), j -> {
                Index x = left.plus(j.times(Index.of(dilation)));
                Index tap = i.times(Index.of(wide)).plus(j).times(Index.of(outputs));
                Index product =
                        row.pixel(y, x).min(size(Size.M).minus(ONE)).max(ZERO).times(size(Size.N));
                b.accumulate(
                        sum, b.load(buffer(Buffer.PRODUCTS), product.plus(tap).plus(output)));
            });
        });
        return b.total(sum);
    }

    /* The first tap that is inside, of a window that begins at a pixel. */
    private Index first(Index corner) {
        return taps(ZERO.minus(corner));
    }

    /* The first that isn't any more. */
    private Index end(Index corner, Size pixels, int taps) {
        return taps(size(pixels).minus(corner)).min(Index.of(taps));
    }

    /* How many begin in so many pixels. */
    private Index taps(Index pixels) {
        return pixels.max(ZERO).plus(Index.of(dilation - 1L)).dividedBy(Index.of(dilation));
    }
}
