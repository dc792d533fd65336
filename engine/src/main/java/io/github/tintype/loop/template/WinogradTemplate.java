package io.github.tintype.loop.template;

import io.github.tintype.loop.Accumulator;
import io.github.tintype.loop.Argument;
import io.github.tintype.loop.Axis;
import io.github.tintype.loop.Index;
import io.github.tintype.loop.Kernel;
import io.github.tintype.loop.Memory;
import io.github.tintype.loop.Program;
import io.github.tintype.loop.Value;
import io.github.tintype.loop.Var;
import io.github.tintype.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A 3×3 convolution with stride and padding 1 by Winograd's F(4×4, 3×3), F32, channels last. Tiles of 4×4 results are done in chunks whose transforms stay in cache: the
 * three kernels of {@link #program} transform the tiles of a chunk, multiply each of their 36 parts with the filters, and transform the products back into results.
 *
 * <ul>
 *   <li>{@code x} [n,h,w,c], {@code y} [n,h,w,o], {@code bias} [o], {@code other} as {@link Other} has it
 *   <li>{@code v}: transformed tiles [36][chunk][c]; {@code m}: products [36][chunk][panels·columns]
 *   <li>{@code u}: transformed filters [36][panels][c][columns], see {@link #filterIndex}
 * </ul>
 *
 * @param rows of products that stay in registers: a chunk is a multiple of it
 * @param columns of them: a multiple of {@code lanes}
 * @param lanes of a register
 * @param bias whether there is one
 * @param other what else is added to a result
 */
public record WinogradTemplate(int rows, int columns, int lanes, boolean bias, Optional<Other> other) {
    /** A tensor that is added to the results, by its form. */
    public enum Other {
        /** [o]. */
        CHANNEL,
        /** [n,o]. */
        IMAGE_CHANNEL,
        /** As the results. */
        ELEMENT
    }

    /** The program's buffers, in the order of its arguments. */
    public enum Buffer {
        X,
        V,
        U,
        M,
        Y,
        BIAS,
        OTHER
    }

    /** The program's sizes, in the order of its arguments. */
    public enum Size {
        H,
        W,
        C,
        O,
        /** Tiles of an image, downwards. */
        TILES_HIGH,
        /** Tiles of an image, across. */
        TILES_WIDE,
        /** Tiles of all images. */
        TILES,
        /** The first tile of the chunk. */
        FIRST,
        /** Tiles of the chunk that there are. */
        COUNT,
        /** Tiles of a chunk: a multiple of {@code rows}; those beyond the last are the last once more. */
        CHUNK,
        /** CHUNK / rows. */
        ROW_BLOCKS,
        /** ⌈o / columns⌉. */
        PANELS,
        /** PANELS · columns. */
        PADDED
    }

    private static final int TILE = WinogradPoints.TILE;
    private static final int RESULT = WinogradPoints.RESULT;
    /** In how many parts a tile or filter falls. */
    public static final int PARTS = TILE * TILE;

    /* Channels whose results are collected before they are stored. */
    private static final int COLLECTED = 64;

    public WinogradTemplate {
        new RegisterTile(rows, columns, lanes); // says what is wrong with it
    }

    /** Tiles along a side of so many pixels. */
    public static long tiles(long pixels) {
        return Math.ceilDiv(pixels, RESULT);
    }

    /** Elements of {@code v} for a chunk. */
    public static long transformed(long chunk, long channels) {
        return PARTS * chunk * channels;
    }

    /** How many panels so many output channels are. */
    public long panels(long outputs) {
        return Math.ceilDiv(outputs, columns);
    }

    /** Elements of {@code u}. */
    public long filterElements(long outputs, long inputs) {
        return PARTS * panels(outputs) * inputs * columns;
    }

    private static Memory.Buffer buffer(Buffer buffer) {
        return new Memory.Buffer(buffer.name().toLowerCase(java.util.Locale.ROOT), DType.F32);
    }

    private static Argument.Size argument(Size size) {
        return new Argument.Size(size.name().toLowerCase(java.util.Locale.ROOT));
    }

    private static Index size(Size size) {
        return Index.of(argument(size));
    }

    /** Its buffers. */
    public List<Buffer> buffers() {
        List<Buffer> buffers = new ArrayList<>(List.of(Buffer.X, Buffer.V, Buffer.U, Buffer.M, Buffer.Y));
        if (bias) {
            buffers.add(Buffer.BIAS);
        }
        if (other.isPresent()) {
            buffers.add(Buffer.OTHER);
        }
        return buffers;
    }

    /** The three kernels: grids of chunk, of 36 · panels, of count points. */
    public Program program() {
        return new Program(
                "winograd",
                buffers().stream().map(WinogradTemplate::buffer).toList(),
                Arrays.stream(Size.values()).map(WinogradTemplate::argument).toList(),
                List.of(),
                List.of(transform(), multiply(), transformBack()));
    }

    /* Where a tile is. */
    private record Place(Index image, Index y, Index x) {
        static Place of(Index tile) {
            Index perImage = size(Size.TILES_HIGH).times(size(Size.TILES_WIDE));
            Index within = tile.modulo(perImage);
            return new Place(
                    tile.dividedBy(perImage),
                    within.dividedBy(size(Size.TILES_WIDE)).times(Index.of(RESULT)),
                    within.modulo(size(Size.TILES_WIDE)).times(Index.of(RESULT)));
        }
    }

    private static Kernel transform() {
        TileBuilder b = new TileBuilder();
        Var point = new Var("p0");
        Index p = Index.of(point);
        Index last = size(Size.TILES).minus(Index.of(1));
        Place place = Place.of(size(Size.FIRST).plus(p).min(last));
        Value zero = b.number(0);
        List<Index> pixels = new ArrayList<>();
        List<Value> inside = new ArrayList<>();
        for (int i = 0; i < TILE; i++) {
            Index y = place.y().plus(Index.of(i)).minus(Index.of(1));
            Value yInside = b.within(y, size(Size.H));
            for (int j = 0; j < TILE; j++) {
                Index x = place.x().plus(Index.of(j)).minus(Index.of(1));
                inside.add(b.both(yInside, b.within(x, size(Size.W))));
                Index row = place.image().times(size(Size.H)).plus(clamped(y, size(Size.H)));
                pixels.add(
                        row.times(size(Size.W)).plus(clamped(x, size(Size.W))).times(size(Size.C)));
            }
        }
        WinogradSteps steps = new WinogradSteps(b);
        b.vector(size(Size.C), c -> {
            Value[][] columns = new Value[TILE][];
            for (int j = 0; j < TILE; j++) {
                Value[] d = new Value[TILE];
                for (int i = 0; i < TILE; i++) {
                    int pixel = i * TILE + j;
                    Value x = b.load(buffer(Buffer.X), pixels.get(pixel).plus(c));
                    d[i] = b.select(inside.get(pixel), x, zero);
                }
                columns[j] = steps.tile(d);
            }
            for (int i = 0; i < TILE; i++) {
                Value[] row = new Value[TILE];
                for (int j = 0; j < TILE; j++) {
                    row[j] = columns[j][i];
                }
                Value[] parts = steps.tile(row);
                for (int j = 0; j < TILE; j++) {
                    b.store(
                            buffer(Buffer.V),
                            inChunk(Index.of(i * TILE + j), p, size(Size.C)).plus(c),
                            parts[j]);
                }
            }
        });
        return new Kernel("winograd_tiles", List.of(new Axis(point, size(Size.CHUNK))), List.of(), b.body());
    }

    private static Index clamped(Index index, Index end) {
        return within(index.max(Index.of(0)), end);
    }

    /* Element 0 of a tile's row of one part. */
    private static Index inChunk(Index part, Index tile, Index width) {
        return part.times(size(Size.CHUNK)).plus(tile).times(width);
    }

    private Kernel multiply() {
        TileBuilder b = new TileBuilder();
        Var partOf = new Var("p0");
        Var panelOf = new Var("p1");
        Index part = Index.of(partOf);
        Index panel = Index.of(panelOf);
        Index filters =
                part.times(size(Size.PANELS)).plus(panel).times(size(Size.C)).times(Index.of(columns));
        RegisterTile tile = new RegisterTile(rows, columns, lanes);
        b.serial(
                Index.of(0),
                size(Size.ROW_BLOCKS),
                block -> b.vector(Index.of(lanes), lane -> {
                    Index first = block.times(Index.of(rows));
                    Accumulator[][] sums = tile.begin(b);
                    tile.accumulate(
                            b,
                            sums,
                            size(Size.C),
                            (row, k) -> b.load(
                                    buffer(Buffer.V),
                                    inChunk(part, first.plus(Index.of(row)), size(Size.C))
                                            .plus(k)),
                            (k, column) -> b.load(
                                    buffer(Buffer.U),
                                    filters.plus(k.times(Index.of(columns)))
                                            .plus(Index.of(column))
                                            .plus(lane)));
                    tile.totals(b, sums, (row, column, total) -> {
                        Index at = inChunk(part, first.plus(Index.of(row)), size(Size.PADDED));
                        Index of = panel.times(Index.of(columns))
                                .plus(Index.of(column))
                                .plus(lane);
                        b.store(buffer(Buffer.M), at.plus(of), total);
                    });
                }));
        return new Kernel(
                "winograd_products",
                List.of(new Axis(partOf, Index.of(PARTS)), new Axis(panelOf, size(Size.PANELS))),
                List.of(),
                b.body());
    }

    private Kernel transformBack() {
        TileBuilder b = new TileBuilder();
        Var point = new Var("p0");
        Memory.Local collected = new Memory.Local("collected", DType.F32, RESULT * RESULT * COLLECTED);
        WinogradSteps steps = new WinogradSteps(b);
        Index block = Index.of(COLLECTED);
        Index whole = size(Size.O).dividedBy(block);
        Index rest = whole.times(block);
        b.serial(Index.of(0), whole, i -> results(b, steps, collected, Index.of(point), i.times(block), block));
        results(b, steps, collected, Index.of(point), rest, size(Size.O).minus(rest));
        return new Kernel("winograd_results", List.of(new Axis(point, size(Size.COUNT))), List.of(collected), b.body());
    }

    /* Some channels of a tile: collected first, since not all of its results may be inside of the image. */
    private void results(
            TileBuilder b, WinogradSteps steps, Memory.Local collected, Index p, Index begin, Index width) {
        b.vector(width, lane -> {
            Value[][] columns = new Value[TILE][];
            for (int j = 0; j < TILE; j++) {
                Value[] m = new Value[TILE];
                for (int i = 0; i < TILE; i++) {
                    Index row = inChunk(Index.of(i * TILE + j), p, size(Size.PADDED));
                    m[i] = b.load(buffer(Buffer.M), row.plus(begin).plus(lane));
                }
                columns[j] = steps.result(m);
            }
            for (int i = 0; i < RESULT; i++) {
                Value[] row = new Value[TILE];
                for (int j = 0; j < TILE; j++) {
                    row[j] = columns[j][i];
                }
                Value[] results = steps.result(row);
                for (int j = 0; j < RESULT; j++) {
                    b.store(
                            collected,
                            Index.of((long) (i * RESULT + j) * COLLECTED).plus(lane),
                            results[j]);
                }
            }
        });
        Place place = Place.of(size(Size.FIRST).plus(p));
        Index high = size(Size.H).minus(place.y()).min(Index.of(RESULT));
        Index wide = size(Size.W).minus(place.x()).min(Index.of(RESULT));
        b.serial(
                Index.of(0),
                high,
                i -> b.serial(
                        Index.of(0),
                        wide,
                        j -> b.vector(width, lane -> {
                            Index channel = begin.plus(lane);
                            Index row = place.image()
                                    .times(size(Size.H))
                                    .plus(within(place.y().plus(i), size(Size.H)));
                            Index pixel = row.times(size(Size.W))
                                    .plus(within(place.x().plus(j), size(Size.W)));
                            Index at = pixel.times(size(Size.O)).plus(channel);
                            Index from = i.times(Index.of(RESULT))
                                    .plus(j)
                                    .times(Index.of(COLLECTED))
                                    .plus(lane);
                            Value y = b.load(collected, from);
                            if (bias) {
                                y = b.add(y, b.load(buffer(Buffer.BIAS), channel));
                            }
                            if (other.isPresent()) {
                                Index of = switch (other.get()) {
                                    case CHANNEL -> channel;
                                    case IMAGE_CHANNEL ->
                                        place.image().times(size(Size.O)).plus(channel);
                                    case ELEMENT -> at;
                                };
                                y = b.add(y, b.load(buffer(Buffer.OTHER), of));
                            }
                            b.store(buffer(Buffer.Y), at, y);
                        })));
    }

    /* Which it is by the bounds of the loops; so that this is proved without them. */
    private static Index within(Index index, Index end) {
        return index.min(end.minus(Index.of(1)));
    }

    /** Where a part of a filter lies in {@code u}, of so many outputs and inputs. */
    public long filterIndex(long part, long output, long input, long outputs, long inputs) {
        long panel = part * panels(outputs) + output / columns;
        return (panel * inputs + input) * columns + output % columns;
    }

    /**
     * G g Gᵀ, computed in double.
     *
     * @param filter nine values from {@code at} on, row by row
     * @param parts gets the {@link #PARTS} of it
     */
    public static void transformFilter(float[] filter, int at, float[] parts) {
        double[][] g = WinogradPoints.G;
        for (int i = 0; i < TILE; i++) {
            double[] x = g[i];
            double first = x[0] * filter[at] + x[1] * filter[at + 3] + x[2] * filter[at + 6];
            double second = x[0] * filter[at + 1] + x[1] * filter[at + 4] + x[2] * filter[at + 7];
            double third = x[0] * filter[at + 2] + x[1] * filter[at + 5] + x[2] * filter[at + 8];
            for (int j = 0; j < TILE; j++) {
                parts[i * TILE + j] = (float) (first * g[j][0] + second * g[j][1] + third * g[j][2]);
            }
        }
    }
}
