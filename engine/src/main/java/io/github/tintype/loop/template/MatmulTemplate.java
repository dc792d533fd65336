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
 * y = x · wᵀ + bias + other: what a linear layer and a 1×1 convolution are, with sums in F32. A point of the grid is a block of rows by a group of panels. It goes through the
 * inner dimension in blocks, so that a panel's part stays in cache for all of the rows; sums are kept in {@code y} from one block to the next. Operands of 16 bits are
 * rounded results of such sums, so that there is one block only; their {@code x} is widened by a kernel before, unless numbers are multiplied in pairs.
 *
 * <p>A step of the inner dimension is a number of x by one of w, or a pair of each: where processors have an instruction for it, both products of a pair are added at once.
 *
 * <ul>
 *   <li>{@code x} [m,k], rows {@link Size#PITCH} apart; {@code wide} [m,k], the same in F32; {@code y} [m,n]; {@code bias} [n]; {@code other} [n] or [m,n]
 *   <li>{@code w}: the weight in panels [⌈n / columns⌉][steps][columns] of numbers or pairs, 0 beyond n, see {@link RegisterTile#panelIndex}
 * </ul>
 *
 * @param tile the products in registers
 * @param tail m modulo the tile's rows: code that is written for a number of rows is fast for others only
 * @param ragged whether n is no multiple of the tile's columns
 * @param operands the type of x, y, bias and other: F32, BF16 or F16
 * @param weight the type that the weight is kept in: any float
 * @param pairs whether numbers are multiplied in pairs, of BF16 on both sides
 * @param bias whether there is one
 * @param other what else is added to a result
 */
public record MatmulTemplate(
        RegisterTile tile,
        int tail,
        boolean ragged,
        DType operands,
        DType weight,
        boolean pairs,
        boolean bias,
        Optional<Other> other)
        implements PairedTemplate {
    /** A tensor that is added to the results, by its form. */
    public enum Other {
        /** [n]. */
        COLUMN,
        /** [images,n], of a convolution whose rows are the pixels of images. */
        IMAGE_COLUMN,
        /** [m,n]. */
        ELEMENT
    }

    /** The program's buffers, in the order of its arguments. */
    public enum Buffer {
        X,
        /** Of operands that are {@link #widens widened}. */
        WIDE,
        W,
        Y,
        BIAS,
        OTHER
    }

    /** The program's sizes, in the order of its arguments. */
    public enum Size {
        M,
        N,
        /** Steps of the inner dimension. */
        K,
        /** Steps from a row of x to the next. */
        PITCH,
        /** Tiles of rows of a point. */
        TILES,
        /** ⌈⌈M / rows⌉ / TILES⌉. */
        ROW_BLOCKS,
        /** Steps of the inner dimension that are done at once: a multiple of {@link RegisterTile#UNROLLED}; all, unless operands are F32. */
        DEPTH,
        /** ⌈K / DEPTH⌉. */
        DEPTHS,
        /** ⌈N / columns⌉. */
        PANELS,
        /** Panels of a point. */
        GROUP,
        /** ⌈PANELS / GROUP⌉. */
        GROUPS
    }

    public MatmulTemplate {
        if (tail < 0 || tail >= tile.rows()) {
            throw new IllegalArgumentException(
                    "matmul: got a tail of %d rows, wanted 0 to %d".formatted(tail, tile.rows() - 1));
        }
        if (other.equals(Optional.of(Other.IMAGE_COLUMN))) {
            throw new IllegalArgumentException("matmul: got a sum by images, wanted rows of none");
        }
        PairedTemplate.check("matmul", pairs, operands, weight);
    }

    /** Whether x is widened first. */
    public boolean widens() {
        return operands != DType.F32 && !pairs;
    }

    /** Its buffers. */
    public List<Buffer> buffers() {
        List<Buffer> buffers = new ArrayList<>(List.of(Buffer.X));
        if (widens()) {
            buffers.add(Buffer.WIDE);
        }
        buffers.addAll(List.of(Buffer.W, Buffer.Y));
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
            case WIDE -> DType.F32;
            case X, Y, BIAS, OTHER -> operands;
        };
        return new Memory.Buffer(buffer.name().toLowerCase(Locale.ROOT), dtype);
    }

    /** One kernel: a grid of row blocks · groups points; where x is widened, one before it with a grid of m points. */
    @Override
    public Program program() {
        return new Program(
                name(),
                buffers().stream().map(this::buffer).toList(),
                Arrays.stream(Size.values()).map(Template::argument).toList(),
                List.of(),
                widens() ? List.of(widening(), kernel()) : List.of(kernel()));
    }

    @Override
    public String name() {
        return "matmul";
    }

    @Override
    public List<Object> parameters() {
        return List.of(tile, tail, ragged, operands, weight, pairs, bias, other);
    }

    @Override
    public List<String> kernels() {
        return widens() ? List.of("matmul_rows", "matmul_block") : List.of("matmul_block");
    }

    private Kernel widening() {
        TileBuilder b = new TileBuilder();
        Var row = new Var("p0");
        b.vector(size(Size.K), k -> {
            Value value = b.load(
                    buffer(Buffer.X), Index.of(row).times(size(Size.PITCH)).plus(k));
            b.store(buffer(Buffer.WIDE), Index.of(row).times(size(Size.K)).plus(k), value);
        });
        return new Kernel("matmul_rows", List.of(new Axis(row, size(Size.M))), List.of(), b.body());
    }

    private Kernel kernel() {
        return new ProductBlocks(tile, tail, ragged, DType.F32)
                .kernel(
                        "matmul_block",
                        (b, blocks) -> b.serial(Index.of(0), size(Size.DEPTHS), block -> {
                            Index from = block.times(size(Size.DEPTH));
                            Steps steps = new Steps(
                                    block, from, from.plus(size(Size.DEPTH)).min(size(Size.K)));
                            blocks.through(
                                    (_, rows, sums, row, panel, lane) ->
                                            multiply(b, rows, sums, steps, row, panel, lane),
                                    (_, results) -> finish(b, steps, results));
                        }));
    }

    /* A part of the inner dimension: its number, its first step, the first that isn't in it. */
    private record Steps(Index number, Index from, Index to) {}

    private void multiply(
            TileBuilder b, RegisterTile rows, Accumulator[][] sums, Steps steps, Index row, Index panel, Index lane) {
        rows.accumulate(
                b,
                packed(),
                sums,
                steps.from(),
                steps.to(),
                (r, k) -> b.load(
                        packed(),
                        buffer(widens() ? Buffer.WIDE : Buffer.X),
                        row.plus(Index.of(r))
                                .times(size(widens() ? Size.K : Size.PITCH))
                                .plus(k)),
                (k, c) -> b.load(
                        packed(),
                        buffer(Buffer.W),
                        panel.times(size(Size.K))
                                .plus(k)
                                .times(Index.of(tile.columns()))
                                .plus(Index.of(c))
                                .plus(lane)));
    }

    private void finish(TileBuilder b, Steps steps, List<ProductBlocks.Result> sums) {
        ProductResults results = new ProductResults(
                buffer(Buffer.Y),
                bias ? Optional.of(buffer(Buffer.BIAS)) : Optional.empty(),
                other.map(form -> new ProductResults.Addend(buffer(Buffer.OTHER), form, size(Size.M))));
        if (operands == DType.F32) {
            results.store(b, steps.number(), sums);
            return;
        }
        results.store(b, sums);
    }
}
