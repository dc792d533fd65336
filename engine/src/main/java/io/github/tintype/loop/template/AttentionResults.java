package io.github.tintype.loop.template;

import static io.github.tintype.loop.template.AttentionTemplate.atMostLast;
import static io.github.tintype.loop.template.Template.size;

import io.github.tintype.loop.Accumulator;
import io.github.tintype.loop.Expression.Operation;
import io.github.tintype.loop.Expression.Relation;
import io.github.tintype.loop.Index;
import io.github.tintype.loop.Kernel;
import io.github.tintype.loop.Value;
import io.github.tintype.loop.ValueType;
import io.github.tintype.loop.template.AttentionTemplate.Buffer;
import io.github.tintype.loop.template.AttentionTemplate.Place;
import io.github.tintype.loop.template.AttentionTemplate.Size;
import java.util.Arrays;
import java.util.List;

/**
 * The second kernel of an {@link AttentionTemplate}. For each block of keys and each group of queries: the scores and the largest of them, their weights 2^(score − largest so
 * far), and what the weights make of the values. What came before shrinks by 2^(largest before − largest so far), once a block. At the end results are divided by the sum of
 * the weights.
 */
final class AttentionResults {
    /* The largest of no scores. Finite, so that a score of −∞ weighs 0 beside it. */
    private static final double NONE = -Float.MAX_VALUE;

    /* Registers of powers that are computed side by side. */
    private static final int POWERS = 4;

    private static final int LARGEST = 0;
    private static final int SUM = 1;

    private final AttentionTemplate template;
    private final TileBuilder b = new TileBuilder();
    private final Place place = new Place();
    private final PowerOfTwo power = new PowerOfTwo(b);
    private final PowerOfTwo ofWeights;
    private final Index width;
    /* Registers of a row of queries. */
    private final int registers;

    AttentionResults(AttentionTemplate template) {
        this.template = template;
        ofWeights = template.pairs() ? PowerOfTwo.rounded(b) : power;
        width = Index.of(template.columns());
        registers = template.columns() / template.lanes();
    }

    Kernel kernel() {
        Index first = place.block().times(size(Size.GROUPS)).times(width);
        Index groups = size(Size.QUERY_COUNT)
                .minus(first)
                .plus(width)
                .minus(Index.of(1))
                .dividedBy(width)
                .min(size(Size.GROUPS));
        Index keys = seen(first.plus(size(Size.GROUPS).times(width)));
        Index blocks = keys.plus(size(Size.BLOCK)).minus(Index.of(1)).dividedBy(size(Size.BLOCK));
        b.serial(Index.of(0), groups, group -> begin(group, first.plus(group.times(width))));
        b.serial(
                Index.of(0),
                blocks,
                block -> b.serial(
                        Index.of(0),
                        groups,
                        group -> b.vector(
                                Index.of(template.lanes()),
                                lane -> block(new Block(block, group, first.plus(group.times(width)), lane)))));
        b.serial(Index.of(0), groups, group -> end(group, first.plus(group.times(width))));
        return new Kernel("attention_results", place.grid(Size.POINTS), List.of(), b.body());
    }

    /* How many keys the queries before an end see. */
    private Index seen(Index end) {
        return template.causal()
                ? size(Size.KEY_COUNT).min(size(Size.QUERY_COUNT)).min(end)
                : size(Size.KEY_COUNT);
    }

    private Index inQueries(Index group, Index k) {
        return group.times(size(Size.D)).plus(k).times(width);
    }

    private Index inSums(Index group, Index element) {
        return group.times(template.paddedE()).plus(element).times(width);
    }

    private Index inStates(Index group, int which) {
        return group.times(Index.of(2)).plus(Index.of(which)).times(width);
    }

    /* A group's queries as a right matrix, beyond the last one that one once more, with the factor unless they stay BF16; and that nothing has been seen. */
    private void begin(Index group, Index first) {
        Value factor = b.scalar(AttentionTemplate.FACTOR);
        Value zero = b.f32(0);
        Value none = b.f32(NONE);
        b.vector(width, column -> {
            Index query = atMostLast(first.plus(column), Size.QUERY_COUNT);
            Index from = place.head(Size.Q_BATCH, Size.Q_HEAD).plus(query.times(size(Size.Q_ROW)));
            b.serial(
                    Index.of(0),
                    size(Size.D),
                    k -> b.store(
                            template.buffer(Buffer.QUERIES),
                            inQueries(group, k).plus(column),
                            template.pairs()
                                    ? template.operand(b, Buffer.Q, from.plus(k))
                                    : b.mul(template.operand(b, Buffer.Q, from.plus(k)), factor)));
            b.serial(
                    Index.of(0),
                    template.paddedE(),
                    element -> b.store(
                            template.buffer(Buffer.SUMS), inSums(group, element).plus(column), zero));
            b.store(template.buffer(Buffer.STATES), inStates(group, LARGEST).plus(column), none);
            b.store(template.buffer(Buffer.STATES), inStates(group, SUM).plus(column), zero);
        });
    }

    /* A block of keys and a group of queries, which begins at query first, in a lane of each of the group's registers. */
    private record Block(Index block, Index group, Index first, Index lane) {}

    /* A lane's place in a row that begins at an index. */
    private Index lane(Block at, Index row, int register) {
        return row.plus(Index.of((long) register * template.lanes())).plus(at.lane());
    }

    private void block(Block at) {
        Index begin = at.block().times(size(Size.BLOCK));
        Index count = seen(at.first().plus(width)).minus(begin).min(size(Size.BLOCK));
        if (template.causal()) {
            count = count.max(Index.of(0)); // other groups of the point see more
        }
        Value[] largest = scores(at, begin, count);
        Value[] risen = new Value[registers];
        for (int i = 0; i < registers; i++) {
            Index state = lane(at, inStates(at.group(), LARGEST), i);
            Value before = b.load(template.buffer(Buffer.STATES), state);
            largest[i] = b.larger(largest[i], before);
            b.store(template.buffer(Buffer.STATES), state, largest[i]);
            risen[i] = b.sub(before, largest[i]);
        }
        Value[] shrunk = power.of(risen);
        Accumulator[] sums = new Accumulator[registers];
        Arrays.setAll(sums, _ -> b.begin(Accumulator.Kind.SUM));
        int together = template.pairs() ? template.step() : Math.max(1, POWERS / registers);
        Index whole = count.dividedBy(Index.of(together));
        b.serial(Index.of(0), whole, some -> weights(at, some.times(Index.of(together)), together, largest, sums));
        b.serial(whole.times(Index.of(together)), count, key -> weights(at, key, 1, largest, sums));
        for (int i = 0; i < registers; i++) {
            Index state = lane(at, inStates(at.group(), SUM), i);
            Value before = b.load(template.buffer(Buffer.STATES), state);
            b.store(template.buffer(Buffer.STATES), state, b.fma(before, shrunk[i], b.total(sums[i])));
        }
        results(at, count, shrunk);
    }

    /* The block's scores; the largest of each query. */
    private Value[] scores(Block at, Index begin, Index count) {
        Index keys = place.packed(at.block(), template.keyElements());
        Value factor = b.scalar(AttentionTemplate.FACTOR);
        Value hidden = b.f32(Double.NEGATIVE_INFINITY);
        Accumulator[] largest = new Accumulator[registers];
        Arrays.setAll(largest, _ -> b.begin(Accumulator.Kind.MAX));
        b.serial(Index.of(0), template.panels(count), panel -> {
            Accumulator[][] products = template.tile().begin(b);
            template.tile()
                    .accumulate(
                            b,
                            template.packed(),
                            products,
                            Index.of(0),
                            size(Size.D),
                            (row, k) -> b.load(
                                    template.buffer(Buffer.PACKED_KEYS),
                                    keys.plus(template.left(panel, size(Size.D), k))
                                            .plus(Index.of(row))),
                            (k, column) -> b.load(
                                    template.buffer(Buffer.QUERIES),
                                    inQueries(at.group(), k)
                                            .plus(Index.of(column))
                                            .plus(at.lane())));
            Value[] ofPanel = new Value[registers];
            template.tile().totals(b, products, (row, column, total) -> {
                Index key = panel.times(Index.of(template.rows())).plus(Index.of(row));
                Index query = Index.of(column).plus(at.lane());
                Value scaled = template.pairs() ? b.mul(total, factor) : total;
                Value score = template.causal()
                        ? b.select(isSeen(begin.plus(key), at.first().plus(query)), scaled, hidden)
                        : scaled;
                b.store(template.buffer(Buffer.SCORES), key.times(width).plus(query), score);
                int i = column / template.lanes();
                ofPanel[i] = row == 0 ? score : b.larger(score, ofPanel[i]);
            });
            for (int i = 0; i < registers; i++) {
                b.accumulate(largest[i], ofPanel[i]);
            }
        });
        Value[] totals = new Value[registers];
        Arrays.setAll(totals, i -> b.total(largest[i]));
        return totals;
    }

    private Value isSeen(Index key, Index query) {
        return b.compare(Relation.LE, b.position(key), b.position(query));
    }

    /* Weights in the place of the scores of some keys. */
    private void weights(Block at, Index key, int keys, Value[] largest, Accumulator[] sums) {
        Index[] places = new Index[keys * registers];
        Arrays.setAll(places, i -> lane(at, key.plus(Index.of(i / registers)).times(width), i % registers));
        Value[] below = new Value[places.length];
        Arrays.setAll(below, i -> b.sub(b.load(template.buffer(Buffer.SCORES), places[i]), largest[i % registers]));
        Value[] weights = ofWeights.of(below);
        if (template.pairs()) {
            pairs(at, key, weights, sums);
            return;
        }
        for (int i = 0; i < weights.length; i++) {
            b.store(template.buffer(Buffer.SCORES), places[i], weights[i]);
            b.accumulate(sums[i % registers], weights[i]);
        }
    }

    /* Weights of an even key and of the next, rounded, in pairs; that of a last key beside 0. They are between 0 and 1: half a unit more in the last place rounds, and ties don't matter. */
    private void pairs(Block at, Index key, Value[] weights, Accumulator[] sums) {
        Value half = b.i32(0x8000);
        Value upper = b.i32(0xffff0000);
        Value[] rounded = new Value[weights.length];
        for (int i = 0; i < weights.length; i++) {
            Value more = b.binary(Operation.ADD, b.bits(ValueType.I32, weights[i]), half);
            rounded[i] = b.binary(Operation.AND, more, upper);
            b.accumulate(sums[i % registers], b.bits(ValueType.F32, rounded[i]));
        }
        Index row = key.dividedBy(Index.of(2)).times(width);
        for (int i = 0; i < registers; i++) {
            Value next = registers + i < rounded.length ? rounded[registers + i] : b.i32(0);
            b.store(template.buffer(Buffer.WEIGHTS), lane(at, row, i), b.pairOfBits(rounded[i], next));
        }
    }

    private void results(Block at, Index count, Value[] shrunk) {
        Index values = place.packed(at.block(), template.valueElements());
        Buffer weights = template.pairs() ? Buffer.WEIGHTS : Buffer.SCORES;
        b.serial(Index.of(0), size(Size.E_PANELS), panel -> {
            Accumulator[][] products = template.tile().begin(b);
            template.tile()
                    .accumulate(
                            b,
                            template.packed(),
                            products,
                            Index.of(0),
                            template.steps(count),
                            (row, key) -> b.load(
                                    template.buffer(Buffer.PACKED_VALUES),
                                    values.plus(template.left(panel, template.steps(size(Size.BLOCK)), key))
                                            .plus(Index.of(row))),
                            (key, column) -> b.load(
                                    template.buffer(weights),
                                    key.times(width).plus(Index.of(column)).plus(at.lane())));
            template.tile().totals(b, products, (row, column, total) -> {
                Index element = panel.times(Index.of(template.rows())).plus(Index.of(row));
                Index sum = inSums(at.group(), element).plus(Index.of(column)).plus(at.lane());
                Value before = b.load(template.buffer(Buffer.SUMS), sum);
                b.store(template.buffer(Buffer.SUMS), sum, b.fma(before, shrunk[column / template.lanes()], total));
            });
        });
    }

    private void end(Index group, Index first) {
        Value one = b.f32(1);
        Value zero = b.f32(0);
        b.vector(width, column -> {
            Index at = inStates(group, SUM).plus(column);
            Value sum = b.load(template.buffer(Buffer.STATES), at);
            Value inverse = b.div(one, sum);
            if (template.causal()) {
                inverse = b.select(b.compare(Relation.EQ, sum, zero), zero, inverse);
            }
            b.store(template.buffer(Buffer.STATES), at, inverse);
        });
        Index count = size(Size.QUERY_COUNT).minus(first).min(width);
        b.serial(Index.of(0), count, query -> {
            Value inverse =
                    b.load(template.buffer(Buffer.STATES), inStates(group, SUM).plus(query));
            Index row = atMostLast(first.plus(query), Size.QUERY_COUNT).times(size(Size.Y_ROW));
            Index to = place.head(Size.Y_BATCH, Size.Y_HEAD).plus(row);
            b.vector(size(Size.E), element -> {
                Value sum = b.load(
                        template.buffer(Buffer.SUMS), inSums(group, element).plus(query));
                b.store(template.buffer(Buffer.Y), to.plus(element), b.mul(sum, inverse));
            });
        });
    }
}
