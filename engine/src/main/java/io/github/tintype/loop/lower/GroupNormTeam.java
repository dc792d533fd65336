package io.github.tintype.loop.lower;

import io.github.tintype.loop.Accumulator;
import io.github.tintype.loop.Axis;
import io.github.tintype.loop.Expression;
import io.github.tintype.loop.Index;
import io.github.tintype.loop.Kernel;
import io.github.tintype.loop.Memory;
import io.github.tintype.loop.Statement;
import io.github.tintype.loop.Team;
import io.github.tintype.loop.Value;
import io.github.tintype.loop.ValueType;
import io.github.tintype.loop.Var;
import io.github.tintype.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The chunks of a group norm with channels inside, on a GPU. A chunk is a few places, a team's; each of its threads adds up a few channels of all these
 * places, so that neighbouring threads read neighbouring memory, and shared memory brings the channels of a group together. The second pass, for
 * the distances, finds the chunk in the first-level cache.
 */
final class GroupNormTeam {
    private static final long LEAST_PLACES = 16;
    /* Of an image: as many chunks fill a GPU with a batch of one, and the kernel that joins them stays small. */
    private static final long MOST_CHUNKS = 512;
    private static final int LEAST_THREADS = 64;
    private static final int MOST_THREADS = 512;

    private final GroupNormWriter norm;
    private final int width;
    private final StageScope scope;
    private final BodyBuilder b;
    private final Memory.Local sums;
    private final Memory.Local means;

    GroupNormTeam(GroupNormWriter norm) {
        this.norm = norm;
        Group channels = norm.channelLoop();
        width = norm.widthOfAccess(channels);
        long threads = Math.clamp(powerOfTwo(Math.ceilDiv(channels.extent(), width)), LEAST_THREADS, MOST_THREADS);
        scope = norm.scope(new Dealing(Optional.of(new Team((int) threads)), width, 0));
        b = scope.builder();
        sums = shared("sums", channels.extent());
        means = shared("means", norm.groups());
    }

    /** Places of a chunk, of so many. */
    static long block(long places) {
        return Math.max(LEAST_PLACES, Math.ceilDiv(places, MOST_CHUNKS));
    }

    private static long powerOfTwo(long least) {
        return least <= 1 ? 1 : Long.highestOneBit(least - 1) * 2;
    }

    /* Capacities are part of the program: few of them serve all sizes. */
    private static Memory.Local shared(String name, long least) {
        return new Memory.Local(name, DType.F32, (int) powerOfTwo(least), Memory.Local.Where.SHARED);
    }

    Kernel kernel() {
        List<Axis> grid = new ArrayList<>();
        norm.grid(scope, grid, norm.joined(norm.image()));
        Var chunk = b.variable("p");
        grid.add(new Axis(chunk, scope.arguments().count("norm chunks", norm.chunks())));
        Index block = norm.sized("block", norm.blockOfPixels());
        Index from = Index.of(chunk).times(block);
        Index to = from.plus(block).min(scope.extent(norm.placeLoop()));
        Value number = b.cast(ValueType.F32, b.position(to.minus(from).times(channelsOfGroup())));
        addPlaces(from, to, false);
        b.add(new Statement.Barrier());
        Var ofGroup = overGroups();
        Value mean = b.div(overChannels(Index.of(ofGroup)), number);
        store("means_of_chunks", chunk, ofGroup, mean);
        b.store(means, Index.of(ofGroup), mean);
        b.close();
        b.add(new Statement.Barrier());
        addPlaces(from, to, true);
        b.add(new Statement.Barrier());
        Var again = overGroups();
        store("squares_of_chunks", chunk, again, overChannels(Index.of(again)));
        b.close();
        return new Kernel("fused_0", grid, scope.dealing().team(), List.of(sums, means), b.body());
    }

    private Index channelsOfGroup() {
        return norm.sized("channels of a group", norm.width());
    }

    private Var overGroups() {
        return b.open(scope.dealing().single(), Index.of(0), norm.sized("groups", norm.groups()));
    }

    private void store(String what, Var chunk, Var ofGroup, Value value) {
        Index place = norm.partialAt(scope, Index.of(chunk), Index.of(ofGroup));
        b.store(norm.partial(what, norm.chunks()), place, value);
    }

    /* Σ of a group's part of sums. */
    private Value overChannels(Index ofGroup) {
        Accumulator accumulator = b.begin(Accumulator.Kind.SUM, ValueType.F64, false);
        Var one = b.open(Statement.Loop.Kind.SERIAL, Index.of(0), channelsOfGroup());
        Value part = b.defineHere(new Expression.Load(sums, norm.channel(ofGroup, Index.of(one))));
        b.add(new Statement.Accumulate(accumulator, b.cast(ValueType.F64, part)));
        b.close();
        return b.cast(ValueType.F32, b.total(accumulator));
    }

    /* sums[c] = Σ x, or Σ (x − mean of c's group)², over the places of a chunk. */
    private void addPlaces(Index from, Index to, boolean squares) {
        Group channels = norm.channelLoop();
        Var c = b.open(scope.dealing(), Index.of(0), scope.extent(channels));
        scope.place(channels, Index.of(c));
        Accumulator accumulator = b.begin(Accumulator.Kind.SUM, ValueType.F32, false);
        Optional<Value> mean =
                squares ? Optional.of(b.load(means, Index.of(c).dividedBy(channelsOfGroup()))) : Optional.empty();
        Var place = b.open(Statement.Loop.Kind.SERIAL, from, to);
        scope.place(norm.placeLoop(), Index.of(place));
        Value element = new Evaluator(scope).value(norm.x(), norm.at());
        Value distance = mean.map(m -> b.sub(element, m)).orElse(element);
        b.add(new Statement.Accumulate(accumulator, squares ? b.mul(distance, distance) : element));
        b.close();
        b.store(sums, Index.of(c), b.total(accumulator));
        b.close();
    }
}
