package io.github.tintype.loop.template;

import static io.github.tintype.loop.template.Template.size;

import io.github.tintype.loop.Accumulator;
import io.github.tintype.loop.Axis;
import io.github.tintype.loop.Expression;
import io.github.tintype.loop.Index;
import io.github.tintype.loop.Kernel;
import io.github.tintype.loop.Memory;
import io.github.tintype.loop.Packed;
import io.github.tintype.loop.Program;
import io.github.tintype.loop.Value;
import io.github.tintype.loop.ValueType;
import io.github.tintype.loop.Var;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.QuantizationScheme.Int8;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A linear layer of dynamic int8, as {@link io.github.tintype.graph.QuantizedLinearOp} means it: rows of x are quantised, multiplied with the bytes of the weight in whole numbers, and the
 * sums brought back by the row's scale and the column's. The first kernel has a point for each row, the second one for each block of rows by group of panels.
 *
 * <p>Neighbours of the inner dimension are multiplied and added by one operation, a step: two as I16, to which bytes of the weight are widened on the way from memory, or four as bytes.
 * Those of x have to be unsigned then: they are 128 too large, and 128 times the column's sum is taken away at the end. Sums are exact up to k = 2¹⁷.
 *
 * <ul>
 *   <li>{@code x} [m,k], rows {@link Size#PITCH} apart; {@code rows} [m][steps] of I16 or U8; {@code row_scales} [m] F32
 *   <li>{@code w}: the weight in panels [⌈n / columns⌉][steps][columns] of I8, 0 beyond n and k, see {@link #weightIndex}; {@code offsets} [n] I32, of bytes: 128 times the sum of a column;
 *       {@code scales} [n] F32
 *   <li>{@code y} [m,n]; {@code bias} [n]
 * </ul>
 *
 * @param tile the products in registers
 * @param tail m modulo the tile's rows
 * @param ragged whether n is no multiple of the tile's columns
 * @param packed what a step is: PAIR_I16 or QUAD_I8
 * @param operands the type of x, y and bias: F32, BF16 or F16
 * @param bias whether there is one
 */
public record DynamicInt8Template(
        RegisterTile tile, int tail, boolean ragged, Packed packed, DType operands, boolean bias) implements Template {
    /** What bytes of x are larger by. */
    public static final int OFFSET = 128;

    private static final float ROUNDING = 0x1.8p23f;

    /** The program's buffers, in the order of its arguments. */
    public enum Buffer {
        X,
        ROWS,
        ROW_SCALES,
        W,
        /** Of bytes. */
        OFFSETS,
        SCALES,
        Y,
        BIAS
    }

    /** The program's sizes, in the order of its arguments. */
    public enum Size {
        M,
        N,
        K,
        /** ⌈K / numbers of a step⌉. */
        STEPS,
        PITCH,
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

    public DynamicInt8Template {
        if (tail < 0 || tail >= tile.rows()) {
            throw new IllegalArgumentException(
                    "int8: got a tail of %d rows, wanted 0 to %d".formatted(tail, tile.rows() - 1));
        }
        if (packed.sum() != ValueType.I32) {
            throw new IllegalArgumentException("int8: got steps of %s, wanted whole numbers".formatted(packed));
        }
    }

    /** Whether numbers of x are bytes. */
    public boolean offsets() {
        return packed == Packed.QUAD_I8;
    }

    /** How many steps so many numbers are. */
    public long steps(long k) {
        return Math.ceilDiv(k, packed.count());
    }

    /** Bytes of {@code rows}. */
    public long rowBytes(long m, long k) {
        return m * steps(k) * Integer.BYTES;
    }

    /** How many panels so many columns are. */
    public long panels(long n) {
        return Math.ceilDiv(n, tile.columns());
    }

    /** Bytes of {@code w}. */
    public long weightBytes(long n, long k) {
        return panels(n) * tile.columns() * steps(k) * packed.count();
    }

    /** Where the weight of an output and an input lies in {@code w}. */
    public long weightIndex(long output, long input, long k) {
        long count = packed.count();
        return tile.panelIndex(output, input / count, steps(k)) * count + input % count;
    }

    /** Its buffers. */
    public List<Buffer> buffers() {
        return Arrays.stream(Buffer.values())
                .filter(buffer -> switch (buffer) {
                    case BIAS -> bias;
                    case OFFSETS -> offsets();
                    case X, ROWS, ROW_SCALES, W, SCALES, Y -> true;
                })
                .toList();
    }

    private Memory.Buffer buffer(Buffer buffer) {
        DType dtype = switch (buffer) {
            case X, Y, BIAS -> operands;
            case ROWS -> offsets() ? DType.U8 : DType.I16;
            case OFFSETS -> DType.I32;
            case ROW_SCALES, SCALES -> DType.F32;
            case W -> DType.I8;
        };
        return new Memory.Buffer(buffer.name().toLowerCase(Locale.ROOT), dtype);
    }

    /** Two kernels: a grid of m points, and one of row blocks · groups. */
    @Override
    public Program program() {
        return new Program(
                name(),
                buffers().stream().map(this::buffer).toList(),
                Arrays.stream(Size.values()).map(Template::argument).toList(),
                List.of(),
                List.of(quantizing(), multiplying()));
    }

    @Override
    public String name() {
        return "int8";
    }

    @Override
    public List<Object> parameters() {
        return List.of(tile, tail, ragged, packed, operands, bias);
    }

    @Override
    public List<String> kernels() {
        return List.of("int8_rows", "int8_block");
    }

    /*
     * A row's scale is a number of x's type, as torchao has it. The largest is found by bits, by which a NaN is larger than all numbers. A number is rounded by adding 1.5 · 2²³, after which its
     * last bits are the whole number: what becomes of a NaN doesn't matter, as its row's scale is one. Beyond the last number anything would do, being multiplied by 0.
     */
    private Kernel quantizing() {
        TileBuilder b = new TileBuilder();
        Var row = new Var("p0");
        Index from = Index.of(row).times(size(Size.PITCH));
        Accumulator largest = b.beginLaned(Accumulator.Kind.MAX, ValueType.I32);
        b.vector(size(Size.K), k -> {
            Value x = b.load(buffer(Buffer.X), from.plus(k));
            b.accumulate(largest, b.bits(ValueType.I32, b.unary(Expression.Function.ABS, x)));
        });
        Value most = b.bits(ValueType.F32, b.total(largest));
        Value step = b.narrow(operands, b.div(most, b.f32(Int8.HALF_RANGE)));
        Value scale = b.binary(Expression.Operation.MAX, step, b.f32(Int8.LEAST_SCALE));
        b.store(buffer(Buffer.ROW_SCALES), Index.of(row), scale);
        Value inverse = b.div(b.f32(1), scale);
        Index width = Index.of(packed.count());
        Index to = Index.of(row).times(size(Size.STEPS)).times(width);
        Value rounding = b.f32(offsets() ? ROUNDING + OFFSET : ROUNDING);
        b.vector(size(Size.K), k -> {
            Value x = b.mul(b.load(buffer(Buffer.X), from.plus(k)), inverse);
            Value inside = b.larger(b.smaller(x, b.f32(Byte.MAX_VALUE)), b.f32(Byte.MIN_VALUE));
            Value rounded = b.add(inside, rounding);
            b.store(buffer(Buffer.ROWS), to.plus(k), b.bits(ValueType.I32, rounded));
        });
        b.serial(size(Size.K), size(Size.STEPS).times(width), k -> b.store(buffer(Buffer.ROWS), to.plus(k), b.i32(0)));
        return new Kernel("int8_rows", List.of(new Axis(row, size(Size.M))), List.of(), b.body());
    }

    private Kernel multiplying() {
        return new ProductBlocks(tile, tail, ragged, DType.I32)
                .kernel("int8_block", (_, blocks) -> blocks.through(this::multiply, this::finish));
    }

    private void multiply(TileBuilder b, RegisterTile rows, Accumulator[][] sums, Index row, Index panel, Index lane) {
        Optional<Packed> as = Optional.of(packed);
        rows.accumulate(
                b,
                as,
                sums,
                Index.of(0),
                size(Size.STEPS),
                (r, k) -> b.load(
                        as,
                        buffer(Buffer.ROWS),
                        row.plus(Index.of(r)).times(size(Size.STEPS)).plus(k)),
                (k, c) -> b.load(
                        as,
                        buffer(Buffer.W),
                        panel.times(size(Size.STEPS))
                                .plus(k)
                                .times(Index.of(tile.columns()))
                                .plus(Index.of(c))
                                .plus(lane)));
    }

    /* In BF16 torchao rounds between the two scales. */
    private void finish(TileBuilder b, List<ProductBlocks.Result> results) {
        for (ProductBlocks.Result sum : results) {
            Value total = offsets() ? b.sub(sum.total(), b.load(buffer(Buffer.OFFSETS), sum.column())) : sum.total();
            Value scaled = b.mul(b.cast(ValueType.F32, total), b.load(buffer(Buffer.ROW_SCALES), sum.row()));
            Value between = operands == DType.BF16 ? b.narrow(operands, scaled) : scaled;
            Value product = b.mul(between, b.load(buffer(Buffer.SCALES), sum.column()));
            Value result = bias ? b.add(product, b.load(buffer(Buffer.BIAS), sum.column())) : product;
            b.store(buffer(Buffer.Y), sum.at(), result);
        }
    }
}
