package io.github.tintype.loop.lower;

import io.github.tintype.loop.Accumulator;
import io.github.tintype.loop.Axis;
import io.github.tintype.loop.Expression;
import io.github.tintype.loop.Index;
import io.github.tintype.loop.Kernel;
import io.github.tintype.loop.Memory;
import io.github.tintype.loop.Statement;
import io.github.tintype.loop.Value;
import io.github.tintype.loop.ValueType;
import io.github.tintype.loop.Var;
import io.github.tintype.tensor.DType;
import java.util.ArrayList;
import java.util.List;

/**
 * The chunks of a group norm with channels inside, on a processor. A chunk is a number of places. The distances of each channel from its first place are added up, and their squares, side by side: memory is
 * read once, and what is taken from each other then are sums of n squares, of which one at least stays. The channels of a group are joined in F64, as chunks are.
 */
final class GroupNormPixels {
    static final int MOST_CHANNELS = 4096;
    /*
     * Places that are added up at a time, so that sums are loaded and stored less often than elements. They are a quarter of a chunk apart: a processor that sees rows being read in several places fetches
     * more ahead than it does of one, about a tenth of the time that reading takes.
     */
    private static final int PLACES = 4;
    /* Places from what is added up to what is fetched. */
    private static final int SOON = 4;
    private static final Memory.Local FIRST = new Memory.Local("first", DType.F32, MOST_CHANNELS);
    private static final Memory.Local SUMS = new Memory.Local("sums", DType.F32, MOST_CHANNELS);
    private static final Memory.Local SQUARES = new Memory.Local("squares", DType.F32, MOST_CHANNELS);

    private final GroupNormWriter norm;
    private final StageScope scope;
    private final BodyBuilder b;
    private final Group places;
    private final Group channels;

    GroupNormPixels(GroupNormWriter norm) {
        this.norm = norm;
        scope = norm.scope(Dealing.LANES);
        b = scope.builder();
        places = norm.placeLoop();
        channels = norm.channelLoop();
    }

    Kernel kernel() {
        List<Axis> grid = new ArrayList<>();
        norm.grid(scope, grid, norm.joined(norm.image()));
        Var chunk = b.variable("p");
        grid.add(new Axis(chunk, norm.sized("chunks", norm.chunks())));
        Index block = norm.sized("block", norm.blockOfPixels());
        Index from = Index.of(chunk).times(block);
        Index to = from.plus(block).min(scope.extent(places));
        Index width = norm.sized("channels of a group", norm.width());
        Value count = b.cast(ValueType.F64, b.position(to.minus(from)));
        Value each = b.div(b.f64(1), count);
        Value ofGroups = b.cast(ValueType.F64, b.position(width));
        addChunk(from, to);
        Var ofGroup = b.open(Statement.Loop.Kind.SERIAL, Index.of(0), norm.sized("groups", norm.groups()));
        Index place = norm.partialAt(scope, Index.of(chunk), Index.of(ofGroup));
        Accumulator means = b.begin(Accumulator.Kind.SUM, ValueType.F64, false);
        Index one = norm.channel(Index.of(ofGroup), Index.of(b.open(Statement.Loop.Kind.SERIAL, Index.of(0), width)));
        b.add(new Statement.Accumulate(means, mean(one, number(SUMS, one), each)));
        b.close();
        Value mean = b.cast(ValueType.F32, b.div(b.total(means), ofGroups));
        b.store(norm.partial("means_of_chunks", norm.chunks()), place, mean);
        Value kept = b.cast(ValueType.F64, mean);
        Accumulator squares = b.begin(Accumulator.Kind.SUM, ValueType.F64, false);
        Index again = norm.channel(Index.of(ofGroup), Index.of(b.open(Statement.Loop.Kind.SERIAL, Index.of(0), width)));
        Value sum = number(SUMS, again);
        Value distance = b.sub(mean(again, sum, each), kept);
        Value own = b.sub(number(SQUARES, again), b.mul(b.mul(sum, sum), each));
        Value positive = b.select(b.compare(Expression.Relation.LT, own, b.f64(0)), b.f64(0), own); // NaN stays
        b.add(new Statement.Accumulate(squares, b.add(positive, b.mul(count, b.mul(distance, distance)))));
        b.close();
        b.store(norm.partial("squares_of_chunks", norm.chunks()), place, b.cast(ValueType.F32, b.total(squares)));
        b.close();
        return new Kernel("fused_0", grid, List.of(FIRST, SUMS, SQUARES), b.body());
    }

    private Value number(Memory.Local of, Index channel) {
        return b.cast(ValueType.F64, b.defineHere(new Expression.Load(of, channel)));
    }

    /* Of a channel in a chunk, from the sum of the distances from its first place. */
    private Value mean(Index channel, Value sum, Value each) {
        return b.add(number(FIRST, channel), b.mul(sum, each));
    }

    /* FIRST[c] = x at the first place of a chunk, SUMS[c] = Σ (x − FIRST[c]), SQUARES[c] = Σ (x − FIRST[c])². */
    private void addChunk(Index from, Index to) {
        scope.place(places, from);
        Index channel = openChannels();
        b.store(FIRST, channel, element());
        b.store(SUMS, channel, b.f32(0));
        b.store(SQUARES, channel, b.f32(0));
        b.close();
        Index several = to.minus(from).max(Index.of(0)).dividedBy(Index.of(PLACES));
        Var step = b.open(Statement.Loop.Kind.SERIAL, Index.of(0), several);
        addPlaces(from.plus(Index.of(step)), PLACES, several);
        b.close();
        Var rest = b.open(Statement.Loop.Kind.SERIAL, from.plus(several.times(Index.of(PLACES))), to);
        addPlaces(Index.of(rest), 1, Index.of(1));
        b.close();
    }

    /* Adds places that are so far apart, and fetches what comes soon after each. */
    private void addPlaces(Index from, int count, Index apart) {
        Index channel = openChannels();
        Value first = b.load(FIRST, channel);
        Value sum = b.defineHere(new Expression.Load(SUMS, channel));
        Value squares = b.defineHere(new Expression.Load(SQUARES, channel));
        for (int i = 0; i < count; i++) {
            scope.place(places, from.plus(apart.times(Index.of(i))).plus(Index.of(SOON)));
            Access.fetchable(norm.accesses()).stream()
                    .filter(access -> access.stride(channels.axes().getLast()) == 1)
                    .forEach(scope::fetch);
        }
        for (int i = 0; i < count; i++) {
            scope.place(places, from.plus(apart.times(Index.of(i))));
            Value distance = b.sub(element(), first);
            sum = b.add(sum, distance);
            squares = b.fma(distance, distance, squares);
        }
        b.store(SUMS, channel, sum);
        b.store(SQUARES, channel, squares);
        b.close();
    }

    private Index openChannels() {
        Index channel = Index.of(b.open(Statement.Loop.Kind.VECTOR, Index.of(0), scope.extent(channels)));
        scope.place(channels, channel);
        return channel;
    }

    private Value element() {
        return new Evaluator(scope).value(norm.x(), norm.at());
    }
}
