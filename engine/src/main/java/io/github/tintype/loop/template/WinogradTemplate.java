package io.github.tintype.loop.template;

import static io.github.tintype.loop.template.Template.size;

import io.github.tintype.loop.Accumulator;
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
import java.util.Locale;
import java.util.Optional;

/**
 * A 3×3 convolution with stride and padding 1 by Winograd's F(r×r, 3×3), F32, channels last. Tiles of r×r results are done in chunks whose transforms stay in cache: the
 * three kernels of {@link #program} transform the tiles of a chunk, multiply each of their parts with the filters, and transform the products back into results.
 *
 * <ul>
 *   <li>{@code x} [n,h,w,c], or of half the sides, {@code y} [n,h,w,o], {@code bias} [o], {@code other} as {@link Other} has it
 *   <li>{@code v}: transformed tiles [parts][chunk][c]; {@code m}: products [parts][chunk][panels·columns]; the parts are {@link #part} elements apart
 *   <li>{@code u}: transformed filters [parts][panels][c][columns], see {@link #filterIndex}; {@code scale} [1]: what sums of narrow ones are multiplied by
 * </ul>
 *
 * @param form how large tiles are
 * @param upsamples whether x is half as high and wide as what is convolved, [n,h/2,w/2,c], and each of its pixels stands for 2×2
 * @param rows of products that stay in registers: a chunk is a multiple of it
 * @param columns of them: a multiple of {@code lanes}
 * @param lanes of a register
 * @param operands the type of x, y, bias and other: F32, BF16 or F16; transforms are in F32
 * @param filters the type of u: F32, or F16 of filters that are scaled up, so that none of them is too small for it
 * @param bias whether there is one
 * @param other what else is added to a result
 */
public record WinogradTemplate(
        WinogradForm form,
        boolean upsamples,
        int rows,
        int columns,
        int lanes,
        DType operands,
        DType filters,
        boolean bias,
        Optional<Other> other)
        implements Template {
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
        /** Of filters that aren't F32. */
        SCALE,
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
        PADDED,
        /** From a part of {@code v} to the next: {@link #part} of CHUNK · C. */
        V_PART,
        /** From a part of {@code m} to the next: {@link #part} of CHUNK · PADDED. */
        M_PART
    }

    /* Channels of a tile that aren't wholly inside of the image, which are collected first. */
    static final int COLLECTED = 64;
    /* Elements of a line of cache, everywhere we run. */
    private static final long LINE = 16;
    private static final Index ZERO = Index.of(0);
    private static final Index ONE = Index.of(1);
    private static final Index TWICE = Index.of(2);

    public WinogradTemplate {
        new RegisterTile(rows, columns, lanes); // says what is wrong with it
    }

    /**
     * How far parts of so many elements are apart: an odd number of lines of cache. All parts of a tile are written and read side by side; a power of two between them
     * would have them share one set of the first-level cache (128 channels: transforms take 2.4 times as long at 32², 1.1 to 1.3 at 128²).
     */
    public static long part(long elements) {
        return (Math.ceilDiv(elements, LINE) | 1) * LINE;
    }

    /** Elements of {@code v} or {@code m} for a chunk of tiles with so many channels. */
    public long transformed(long chunk, long channels) {
        return form.parts() * part(chunk * channels);
    }

    /** How many panels so many output channels are. */
    public long panels(long outputs) {
        return Math.ceilDiv(outputs, columns);
    }

    /** Elements of {@code u}. */
    public long filterElements(long outputs, long inputs) {
        return form.parts() * panels(outputs) * inputs * columns;
    }

    /** Where a part of a filter lies in {@code u}, of so many outputs and inputs. */
    public long filterIndex(long part, long output, long input, long outputs, long inputs) {
        long panel = part * panels(outputs) + output / columns;
        return (panel * inputs + input) * columns + output % columns;
    }

    Memory.Buffer buffer(Buffer buffer) {
        DType dtype = switch (buffer) {
            case U -> filters;
            case V, M, SCALE -> DType.F32;
            case X, Y, BIAS, OTHER -> operands;
        };
        return new Memory.Buffer(buffer.name().toLowerCase(Locale.ROOT), dtype);
    }

    /** Whether filters are scaled. */
    public boolean scales() {
        return filters != DType.F32;
    }

    /** Its buffers. */
    public List<Buffer> buffers() {
        List<Buffer> buffers = new ArrayList<>(List.of(Buffer.X, Buffer.V, Buffer.U));
        if (scales()) {
            buffers.add(Buffer.SCALE);
        }
        buffers.addAll(List.of(Buffer.M, Buffer.Y));
        if (bias) {
            buffers.add(Buffer.BIAS);
        }
        if (other.isPresent()) {
            buffers.add(Buffer.OTHER);
        }
        return buffers;
    }

    /** The three kernels: grids of chunk, of parts · panels, of count points. */
    @Override
    public Program program() {
        return new Program(
                name(),
                buffers().stream().map(this::buffer).toList(),
                Arrays.stream(Size.values()).map(Template::argument).toList(),
                List.of(),
                List.of(transform(), multiply(), new WinogradResults(this).kernel()));
    }

    @Override
    public String name() {
        return "winograd";
    }

    @Override
    public List<Object> parameters() {
        return List.of(form, upsamples, rows, columns, lanes, operands, filters, bias, other);
    }

    @Override
    public List<String> kernels() {
        return List.of("winograd_tiles", "winograd_products", "winograd_results");
    }

    /* Where a tile's results are. */
    record Place(Index image, Index y, Index x) {}

    Place place(Index tile) {
        Index perImage = size(Size.TILES_HIGH).times(size(Size.TILES_WIDE));
        Index within = tile.modulo(perImage);
        Index side = Index.of(form.result());
        return new Place(
                tile.dividedBy(perImage),
                within.dividedBy(size(Size.TILES_WIDE)).times(side),
                within.modulo(size(Size.TILES_WIDE)).times(side));
    }

    /* 1 if so many pixels from a place on are inside of the image, else 0. */
    static Index inside(Place place, int pixels) {
        return Inside.times(place.y(), pixels, size(Size.H)).min(Inside.times(place.x(), pixels, size(Size.W)));
    }

    /* Some channels at once: all whole blocks of them, then the rest. */
    static void blocks(TileBuilder b, Index channels, java.util.function.BiConsumer<Index, Index> body) {
        Index block = Index.of(COLLECTED);
        Index whole = channels.dividedBy(block);
        b.serial(ZERO, whole, i -> body.accept(i.times(block), block));
        Index rest = whole.times(block);
        Index more = channels.plus(Index.of(COLLECTED - 1L)).dividedBy(block);
        b.serial(whole, more, _ -> body.accept(rest, channels.minus(rest)));
    }

    /* An element of a tile in the first two indices, or one of its parts. */
    @FunctionalInterface
    interface Elements {
        Value at(int i, int j);
    }

    @FunctionalInterface
    interface Stores {
        void at(int i, int j, Value value);
    }

    @FunctionalInterface
    interface Step {
        Value[] of(Value[] elements);
    }

    /* Columns, then rows. */
    void twice(Step step, Elements from, Stores to) {
        int tile = form.tile();
        Value[][] columns = new Value[tile][];
        for (int j = 0; j < tile; j++) {
            Value[] column = new Value[tile];
            for (int i = 0; i < tile; i++) {
                column[i] = from.at(i, j);
            }
            columns[j] = step.of(column);
        }
        for (int i = 0; i < columns[0].length; i++) {
            Value[] row = new Value[tile];
            for (int j = 0; j < tile; j++) {
                row[j] = columns[j][i];
            }
            Value[] results = step.of(row);
            for (int j = 0; j < results.length; j++) {
                to.at(i, j, results[j]);
            }
        }
    }

    /* Sides of x, and where in it a pixel of what is convolved lies. */
    private Index source(Index pixel) {
        return upsamples ? pixel.dividedBy(TWICE) : pixel;
    }

    /* How far the source of a tile's element is from the first one's. Tiles begin at odd pixels, so that the first stands for itself alone, then each for two. */
    private int step(int element) {
        return upsamples ? (element + 1) / 2 : element;
    }

    /* Element 0 of a pixel of x. */
    private Index sourcePixel(Index image, Index y, Index x) {
        return image.times(source(size(Size.H)))
                .plus(y)
                .times(source(size(Size.W)))
                .plus(x)
                .times(size(Size.C));
    }

    private Kernel transform() {
        TileBuilder b = new TileBuilder();
        Var point = new Var("p0");
        Index p = Index.of(point);
        Index last = size(Size.TILES).minus(ONE);
        Place results = place(size(Size.FIRST).plus(p).min(last));
        Place from =
                new Place(results.image(), results.y().minus(ONE), results.x().minus(ONE));
        Memory.Local collected = new Memory.Local("tile", DType.F32, form.parts() * COLLECTED);
        WinogradSteps steps = form.steps(b);
        Value zero = b.f32(0);
        // Tiles begin at odd pixels and images that are upsampled have an even number of them: where a tile is inside,
        // so is one more.
        Index inside = inside(from, upsamples ? form.tile() + 1 : form.tile());
        b.serial(ZERO, inside, _ -> {
            Index side = Index.of(step(form.tile() - 1) + 1);
            Index top = Inside.within(
                    source(from.y().max(ZERO)), source(size(Size.H)).minus(side));
            Index left = Inside.within(
                    source(from.x().max(ZERO)), source(size(Size.W)).minus(side));
            Index corner = sourcePixel(from.image(), top, left);
            b.vector(
                    size(Size.C),
                    c -> twice(
                            steps::tile,
                            (i, j) -> b.load(
                                    buffer(Buffer.X),
                                    corner.plus(source(size(Size.W))
                                                    .times(Index.of(step(i)))
                                                    .plus(Index.of(step(j)))
                                                    .times(size(Size.C)))
                                            .plus(c)),
                            (i, j, value) -> b.store(
                                    buffer(Buffer.V), part(i, j, p, Size.C).plus(c), value)));
        });
        b.serial(
                inside,
                ONE,
                _ -> blocks(b, size(Size.C), (begin, width) -> {
                    collect(b, from, begin, width, collected, zero);
                    b.vector(
                            width,
                            lane -> twice(
                                    steps::tile,
                                    (i, j) -> b.load(
                                            collected,
                                            Index.of((long) (i * form.tile() + j) * COLLECTED)
                                                    .plus(lane)),
                                    (i, j, value) -> b.store(
                                            buffer(Buffer.V),
                                            part(i, j, p, Size.C).plus(begin).plus(lane),
                                            value)));
                }));
        return new Kernel("winograd_tiles", List.of(new Axis(point, size(Size.CHUNK))), List.of(collected), b.body());
    }

    /* Element 0 of a tile's row of one part. */
    Index part(int i, int j, Index tile, Size channels) {
        Index apart = size(channels == Size.C ? Size.V_PART : Size.M_PART);
        return Index.of((long) i * form.tile() + j).times(apart).plus(tile.times(size(channels)));
    }

    /* A tile with zeros outside of the image. */
    private void collect(TileBuilder b, Place from, Index begin, Index width, Memory.Local collected, Value zero) {
        b.vector(width, lane -> {
            for (int i = 0; i < form.parts(); i++) {
                b.store(collected, Index.of((long) i * COLLECTED).plus(lane), zero);
            }
        });
        Index side = Index.of(form.tile());
        b.serial(
                ZERO.minus(from.y()).max(ZERO),
                size(Size.H).minus(from.y()).min(side),
                i -> b.serial(
                        ZERO.minus(from.x()).max(ZERO),
                        size(Size.W).minus(from.x()).min(side),
                        j -> b.vector(width, lane -> {
                            Index y =
                                    Inside.within(from.y().plus(i), size(Size.H).minus(ONE));
                            Index x =
                                    Inside.within(from.x().plus(j), size(Size.W).minus(ONE));
                            Index at = sourcePixel(from.image(), source(y), source(x));
                            Index to = i.times(side).plus(j).times(Index.of(COLLECTED));
                            b.store(
                                    collected,
                                    to.plus(lane),
                                    b.load(buffer(Buffer.X), at.plus(begin).plus(lane)));
                        })));
    }

    private Kernel multiply() {
        TileBuilder b = new TileBuilder();
        Var partOf = new Var("p0");
        Var panelOf = new Var("p1");
        Index part = Index.of(partOf);
        Index panel = Index.of(panelOf);
        Index ofPanel =
                part.times(size(Size.PANELS)).plus(panel).times(size(Size.C)).times(Index.of(columns));
        RegisterTile tile = new RegisterTile(rows, columns, lanes);
        b.serial(
                ZERO,
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
                                    part.times(size(Size.V_PART))
                                            .plus(first.plus(Index.of(row)).times(size(Size.C)))
                                            .plus(k)),
                            (k, column) -> b.load(
                                    buffer(Buffer.U),
                                    ofPanel.plus(k.times(Index.of(columns)))
                                            .plus(Index.of(column))
                                            .plus(lane)));
                    tile.totals(b, sums, (row, column, total) -> {
                        Index at = part.times(size(Size.M_PART))
                                .plus(first.plus(Index.of(row)).times(size(Size.PADDED)));
                        Index of = panel.times(Index.of(columns))
                                .plus(Index.of(column))
                                .plus(lane);
                        b.store(buffer(Buffer.M), at.plus(of), total);
                    });
                }));
        return new Kernel(
                "winograd_products",
                List.of(new Axis(partOf, Index.of(form.parts())), new Axis(panelOf, size(Size.PANELS))),
                List.of(),
                b.body());
    }
}
