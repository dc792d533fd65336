package io.github.tintype.loop.template;

import static io.github.tintype.loop.template.Template.size;

import io.github.tintype.loop.Argument;
import io.github.tintype.loop.Axis;
import io.github.tintype.loop.Expression;
import io.github.tintype.loop.Index;
import io.github.tintype.loop.Kernel;
import io.github.tintype.loop.Memory;
import io.github.tintype.loop.Program;
import io.github.tintype.loop.Value;
import io.github.tintype.loop.ValueType;
import io.github.tintype.loop.Var;
import io.github.tintype.tensor.DType;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;

/**
 * softmax(q · kᵀ · scale) · v, with sums in F32 and a softmax that keeps up with the products, so that at any time only the scores of a group of queries and a block of keys exist.
 *
 * <p>Queries are in the lanes: largest score, sum of weights and results of each are in a lane of its own, and nothing is ever joined across lanes. So both products are
 * those of one {@link RegisterTile}: {@code rows} keys by {@code columns} queries, then {@code rows} elements of a value by {@code columns} queries. The first kernel of
 * {@link #program} lays keys and values out as such left matrices, block of keys after block of keys. The second ({@link AttentionResults}) takes some groups of queries
 * through all blocks.
 *
 * <p>A step of a product is a number of each side, or a pair: where processors have an instruction for it, both products of a pair are added at once. Then weights are rounded to BF16, and
 * so is what they are divided by the sum of.
 *
 * <ul>
 *   <li>{@code q} [b,h,queries,d], {@code k} [b,h,keys,d], {@code v} [b,h,keys,e], {@code y} [b,h,queries,e] by their strides, the last axis contiguous
 *   <li>{@code packed_keys} [b·h][blocks][block / rows][d][rows], {@code packed_values} [b·h][blocks][⌈e / rows⌉][block][rows], of numbers or, half as many steps, of pairs
 *   <li>what a thread keeps nothing in from point to point: {@code queries} [groups][d][columns], likewise; {@code scores} [block][columns]; {@code weights} [block / 2][columns], pairs;
 *       {@code sums} [groups][⌈e / rows⌉ ·
 *       rows][columns], {@code states} [groups][2][columns]. Whoever computes points at the same time gives each thread its own, so a block of arguments of its own.
 * </ul>
 *
 * <p>NaN among a query's scores makes its result NaN, and so does a largest score that is infinite; but a causal query that sees nothing but −∞ gets 0.
 *
 * <p>Source: Dao, Fu, Ermon, Rudra, Ré: FlashAttention, arXiv:2205.14135; the running softmax after Milakov, Gimelshein, arXiv:1805.02867.
 *
 * @param rows of products that stay in registers: keys, or elements of a value
 * @param columns of them: queries, a multiple of {@code lanes}
 * @param lanes of a register
 * @param operands the type of q, k, v and y: F32, BF16 or F16
 * @param pairs whether numbers are multiplied in pairs, of BF16; {@code rows} is even then
 * @param causal whether query i sees no key beyond key i
 */
public record AttentionTemplate(int rows, int columns, int lanes, DType operands, boolean pairs, boolean causal)
        implements PairedTemplate {
    /** The program's buffers, in the order of its arguments. */
    public enum Buffer {
        Q,
        K,
        V,
        Y,
        PACKED_KEYS,
        PACKED_VALUES,
        QUERIES,
        SCORES,
        /** Of pairs. */
        WEIGHTS,
        SUMS,
        STATES
    }

    /** The program's sizes, in the order of its arguments. What is said of {@code q} and {@code k} counts steps. */
    public enum Size {
        BATCH,
        HEADS,
        QUERY_COUNT,
        KEY_COUNT,
        /** Steps of a query and a key. */
        D,
        /** Elements of a value. */
        E,
        Q_BATCH,
        Q_HEAD,
        Q_ROW,
        K_BATCH,
        K_HEAD,
        K_ROW,
        V_BATCH,
        V_HEAD,
        V_ROW,
        Y_BATCH,
        Y_HEAD,
        Y_ROW,
        /** Keys whose scores exist at once: a multiple of {@code rows}. */
        BLOCK,
        /** ⌈KEY_COUNT / BLOCK⌉. */
        BLOCKS,
        /** ⌈E / rows⌉. */
        E_PANELS,
        /** Groups of {@code columns} queries that a point takes through the keys together. */
        GROUPS,
        /** ⌈QUERY_COUNT / (GROUPS · columns)⌉. */
        POINTS
    }

    /** The program's scalar: what {@link #factor} makes of the scale. */
    static final Argument.Scalar FACTOR = new Argument.Scalar("factor", ValueType.F32);

    public AttentionTemplate {
        new RegisterTile(rows, columns, lanes); // says what is wrong with it
        if (pairs && (operands != DType.BF16 || rows % 2 != 0)) {
            throw new IllegalArgumentException(
                    "attention: got pairs of %s in %d rows, wanted BF16 in an even number".formatted(operands, rows));
        }
    }

    /** Its buffers. */
    public List<Buffer> buffers() {
        return Arrays.stream(Buffer.values())
                .filter(buffer -> pairs || buffer != Buffer.WEIGHTS)
                .toList();
    }

    /** The bits of the program's scalar for a scale: scale · log₂ e, since weights are powers of two, which are cheaper. */
    public static long factor(double scale) {
        return Integer.toUnsignedLong(Float.floatToRawIntBits((float) (scale / Math.log(2))));
    }

    /** Elements of each buffer that is no operand or result, all of four bytes. */
    public Map<Buffer, Long> elements(Map<Size, Long> sizes) {
        long keys = get(sizes, Size.BATCH) * get(sizes, Size.HEADS) * get(sizes, Size.BLOCKS) * get(sizes, Size.BLOCK);
        long queries = get(sizes, Size.GROUPS) * columns;
        long e = get(sizes, Size.E_PANELS) * rows;
        Map<Buffer, Long> elements = new EnumMap<>(Map.of(
                Buffer.PACKED_KEYS, keys * get(sizes, Size.D),
                Buffer.PACKED_VALUES, keys / step() * e,
                Buffer.QUERIES, queries * get(sizes, Size.D),
                Buffer.SCORES, get(sizes, Size.BLOCK) * columns,
                Buffer.SUMS, queries * e,
                Buffer.STATES, 2 * queries));
        if (pairs) {
            elements.put(Buffer.WEIGHTS, get(sizes, Size.BLOCK) / 2 * columns);
        }
        return elements;
    }

    private static long get(Map<Size, Long> sizes, Size size) {
        return Objects.requireNonNull(sizes.get(size));
    }

    Memory.Buffer buffer(Buffer buffer) {
        DType dtype = switch (buffer) {
            case Q, K, V, Y -> operands;
            case PACKED_KEYS, PACKED_VALUES, QUERIES -> pairs ? DType.I32 : DType.F32;
            case WEIGHTS -> DType.I32;
            case SCORES, SUMS, STATES -> DType.F32;
        };
        return new Memory.Buffer(buffer.name().toLowerCase(Locale.ROOT), dtype);
    }

    /** The two kernels: grids of b · h · BLOCKS and of b · h · POINTS points. */
    @Override
    public Program program() {
        return new Program(
                name(),
                buffers().stream().map(this::buffer).toList(),
                Arrays.stream(Size.values()).map(Template::argument).toList(),
                List.of(FACTOR),
                List.of(layOut(), new AttentionResults(this).kernel()));
    }

    @Override
    public String name() {
        return "attention";
    }

    @Override
    public List<Object> parameters() {
        return List.of(rows, columns, lanes, operands, pairs, causal);
    }

    @Override
    public List<String> kernels() {
        return List.of("attention_operands", "attention_results");
    }

    RegisterTile tile() {
        return new RegisterTile(rows, columns, lanes);
    }

    /* A point of a grid: a head, and which of its blocks. */
    record Place(Var batchOf, Var headOf, Var blockOf) {
        Place() {
            this(new Var("p0"), new Var("p1"), new Var("p2"));
        }

        List<Axis> grid(Size blocks) {
            return List.of(
                    new Axis(batchOf, size(Size.BATCH)),
                    new Axis(headOf, size(Size.HEADS)),
                    new Axis(blockOf, size(blocks)));
        }

        Index block() {
            return Index.of(blockOf);
        }

        /** Element 0 of the head, by two strides. */
        Index head(Size batch, Size head) {
            return Index.of(batchOf).times(size(batch)).plus(Index.of(headOf).times(size(head)));
        }

        /** Element 0 of a block of what is packed, whose blocks have so many elements. */
        Index packed(Index block, Index elements) {
            Index head = Index.of(batchOf).times(size(Size.HEADS)).plus(Index.of(headOf));
            return head.times(size(Size.BLOCKS)).plus(block).times(elements);
        }
    }

    /** Elements of a block of packed keys. */
    Index keyElements() {
        return size(Size.BLOCK).times(size(Size.D));
    }

    /** Of a block of packed values. */
    Index valueElements() {
        return steps(size(Size.BLOCK)).times(paddedE());
    }

    /** How many steps so many keys are. */
    Index steps(Index keys) {
        return keys.plus(Index.of(step() - 1L)).dividedBy(Index.of(step()));
    }

    /** A number of q or k, or a pair. */
    Value operand(TileBuilder b, Buffer of, Index step) {
        return b.load(packed(), buffer(of), step);
    }

    /** Elements of a packed value. */
    Index paddedE() {
        return size(Size.E_PANELS).times(Index.of(rows));
    }

    /** Panels of {@code rows} that so many are. */
    Index panels(Index count) {
        return count.plus(Index.of(rows - 1L)).dividedBy(Index.of(rows));
    }

    /** Where the rows of a panel of a left matrix, whose panels are so deep, begin at {@code k}. */
    Index left(Index panel, Index depth, Index k) {
        return panel.times(depth).plus(k).times(Index.of(rows));
    }

    /** It, or the last one of so many. */
    static Index atMostLast(Index index, Size count) {
        return index.min(size(count).minus(Index.of(1)));
    }

    private Kernel layOut() {
        TileBuilder b = new TileBuilder();
        Place place = new Place();
        Index first = place.block().times(size(Size.BLOCK));
        Index count = size(Size.KEY_COUNT).minus(first).min(size(Size.BLOCK));
        Index toKeys = place.packed(place.block(), keyElements());
        Index toValues = place.packed(place.block(), valueElements());
        Index whole = size(Size.E).dividedBy(Index.of(rows));
        b.serial(Index.of(0), panels(count), panel -> {
            // Beyond the last key the last one once more, whose scores make no other the largest.
            Index begin = first.plus(panel.times(Index.of(rows)));
            Index[] keys = indices(row -> atMostLast(begin.plus(Index.of(row)), Size.KEY_COUNT));
            Index[] from =
                    indices(row -> place.head(Size.K_BATCH, Size.K_HEAD).plus(keys[row].times(size(Size.K_ROW))));
            b.serial(
                    Index.of(0),
                    size(Size.D),
                    k -> store(
                            b,
                            values(row -> operand(b, Buffer.K, from[row].plus(k))),
                            Buffer.PACKED_KEYS,
                            toKeys.plus(left(panel, size(Size.D), k))));
            Index[] values =
                    indices(row -> place.head(Size.V_BATCH, Size.V_HEAD).plus(keys[row].times(size(Size.V_ROW))));
            Value[] weighs = pairs ? weighs(b, begin) : new Value[0];
            b.serial(Index.of(0), whole, part -> values(b, panel, part, values, weighs, toValues, index -> index));
            b.serial(
                    whole,
                    size(Size.E_PANELS),
                    part -> values(b, panel, part, values, weighs, toValues, index -> atMostLast(index, Size.E)));
        });
        return new Kernel("attention_operands", place.grid(Size.BLOCKS), List.of(), b.body());
    }

    /* A panel of keys' values in a panel of elements: all of them one after another, so that lines of the cache are written from end to end. */
    private void values(
            TileBuilder b,
            Index keys,
            Index panel,
            Index[] from,
            Value[] weighs,
            Index to,
            UnaryOperator<Index> element) {
        for (int row = 0; row < rows; row += step()) {
            Index key = keys.times(Index.of(rows)).plus(Index.of(row));
            Value[][] ofKeys = new Value[step()][];
            for (int i = 0; i < ofKeys.length; i++) {
                Index begin = from[row + i];
                ofKeys[i] = values(at -> b.load(
                        buffer(Buffer.V),
                        begin.plus(element.apply(panel.times(Index.of(rows)).plus(Index.of(at))))));
            }
            int second = row + 1;
            Value[] numbers = pairs
                    ? values(at -> b.pair(ofKeys[0][at], b.select(weighs[second], ofKeys[1][at], b.f32(0))))
                    : ofKeys[0];
            store(
                    b,
                    numbers,
                    Buffer.PACKED_VALUES,
                    to.plus(left(panel, steps(size(Size.BLOCK)), key.dividedBy(Index.of(step())))));
        }
    }

    /* Which keys of a panel there are: the second one of a pair may be none, whose value, weighed by 0, must be finite. */
    private Value[] weighs(TileBuilder b, Index begin) {
        Value end = b.position(size(Size.KEY_COUNT));
        return values(row -> b.compare(Expression.Relation.LT, b.position(begin.plus(Index.of(row))), end));
    }

    private Index[] indices(IntFunction<Index> of) {
        Index[] indices = new Index[rows];
        Arrays.setAll(indices, of);
        return indices;
    }

    private Value[] values(IntFunction<Value> of) {
        Value[] values = new Value[rows];
        Arrays.setAll(values, of);
        return values;
    }

    private void store(TileBuilder b, Value[] values, Buffer to, Index begin) {
        for (int i = 0; i < values.length; i++) {
            b.store(buffer(to), begin.plus(Index.of(i)), values[i]);
        }
    }
}
