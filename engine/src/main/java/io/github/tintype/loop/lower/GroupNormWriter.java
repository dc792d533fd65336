package io.github.tintype.loop.lower;

import io.github.tintype.graph.Graph;
import io.github.tintype.graph.GroupNormOp;
import io.github.tintype.graph.Node;
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
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The kernels that come before a group norm's values: mean and sum of squared distances from it for chunks of each group, which a second
 * kernel joins in F64 to the group's own. A chunk of rows is small enough to be read twice from the cache, once for its mean and once for the distances; one of pixels, whose channels are added
 * up side by side, is read once. No large numbers are taken from each other. Chunks are cut by sizes alone, so that the result does not depend on threads. On a GPU a
 * chunk is a team's, and a few of them are as much as its caches hold.
 *
 * <p>Source of the joining: Chan, Golub, LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", 1979.
 */
final class GroupNormWriter {
    /* Elements of a chunk of rows: 128 KiB of F32, half of the smallest second-level cache that is common. */
    private static final long CHUNK = 32768;
    /* The same of pixels, which are read once: joining the channels of one takes little beside reading it. */
    private static final long PIXEL_CHUNK = 131072;
    /* So many numbers are added up in F32. */
    private static final long MOST_PIXELS = 512;
    /* The same for a team: two blocks of 512 threads read 128 KiB of F32 at once. */
    private static final long TEAM_CHUNK = 8192;

    private final Fusion fusion;
    private final ProgramArguments arguments;
    private final Node norm;
    private final Node x;
    private final int groups;
    private final List<Coordinate> at = new ArrayList<>();
    /* Images, groups, channels of a group. */
    private final List<LoopAxis> image;
    private final List<LoopAxis> group;
    private final List<LoopAxis> channel;
    private final List<LoopAxis> space = new ArrayList<>();
    private final SurveyScope survey;

    private GroupNormWriter(Fusion fusion, ProgramArguments arguments, Node norm, int groups) {
        this.fusion = fusion;
        this.arguments = arguments;
        this.norm = norm;
        this.groups = groups;
        x = norm.inputs().getFirst();
        Axes axes = fusion.axes();
        image = axes.of("norm image", x.shape().size(0));
        group = axes.of("norm group", groups);
        channel = axes.of("norm channel", width());
        at.add(Coordinate.of(image));
        List<LoopAxis> channels = new ArrayList<>(group);
        channels.addAll(channel);
        at.add(Coordinate.of(channels));
        for (int i = 2; i < x.shape().rank(); i++) {
            List<LoopAxis> own = axes.of(List.of("norm space", i), x.shape().size(i));
            at.add(Coordinate.of(own));
            space.addAll(own);
        }
        survey = SurveyScope.of(fusion, x, at);
    }

    /** None if there is no group norm. @throws Axes.Cut if an axis has to be cut first */
    static List<Kernel> statistics(Fusion fusion, ProgramArguments arguments) {
        List<Node> norms = Graph.of(List.of(fusion.root())).nodes().stream()
                .filter(node -> node.op() instanceof GroupNormOp)
                .toList();
        if (norms.isEmpty()) {
            return List.of();
        }
        if (norms.size() > 1) {
            throw new Unsupported("two group norms");
        }
        Node norm = norms.getFirst();
        if (norm.type().dtype() == DType.F64) {
            throw new Unsupported("group norm of f64");
        }
        GroupNormOp op = (GroupNormOp) norm.op();
        GroupNormWriter writer = new GroupNormWriter(fusion, arguments, norm, op.groups());
        if (!writer.survey.reductions().isEmpty() || norm.shape().elements() == 0) {
            throw new Unsupported("group norm of a reduction or of nothing");
        }
        return List.of(writer.chunksKernel(), writer.join(op.eps()));
    }

    private Kernel chunksKernel() {
        if (!channelsInside()) {
            return rows();
        }
        return switch (arguments.schedule()) {
            case PROCESSOR -> new GroupNormPixels(this).kernel();
            case GPU -> new GroupNormTeam(this).kernel();
        };
    }

    Node x() {
        return x;
    }

    int groups() {
        return groups;
    }

    List<Coordinate> at() {
        return at;
    }

    List<LoopAxis> image() {
        return image;
    }

    /** The loop over all channels of a place. */
    Group channelLoop() {
        return joined(channels()).getFirst();
    }

    /** The loop over all places of an image. */
    Group placeLoop() {
        return joined(outermostFirst(space)).getFirst();
    }

    /** How many neighbours along a loop a thread reads at once. */
    int widthOfAccess(Group loop) {
        return new GpuDealings(fusion).width(loop, survey.accesses(), true);
    }

    private Access main() {
        return survey.accesses().stream()
                .max(Comparator.comparingInt(access -> access.strides().size()))
                .orElseThrow(() -> new Unsupported("group norm of nothing that is read"));
    }

    private List<LoopAxis> outermostFirst(List<LoopAxis> axes) {
        Access main = main();
        List<LoopAxis> sorted = new ArrayList<>(axes);
        sorted.sort(Comparator.comparingLong((LoopAxis axis) -> -main.stride(axis)));
        return sorted;
    }

    List<Group> joined(List<LoopAxis> axes) {
        return Group.of(axes, survey.accesses(), survey.fixed());
    }

    private List<LoopAxis> channels() {
        List<LoopAxis> all = new ArrayList<>(group);
        all.addAll(channel);
        return all;
    }

    /* Whether neighbours in memory are channels of one place, all of which can be walked as one, as can all places. */
    private boolean channelsInside() {
        Access main = main();
        boolean inside = channels().stream().anyMatch(axis -> main.stride(axis) == 1)
                && space.stream().noneMatch(axis -> main.stride(axis) == 1);
        return inside
                && x.shape().size(1) <= GroupNormPixels.MOST_CHANNELS
                && joined(channels()).size() == 1
                && joined(outermostFirst(space)).size() == 1;
    }

    long places() {
        return space.stream().mapToLong(LoopAxis::extent).reduce(1, Math::multiplyExact);
    }

    StageScope scope(Dealing dealing) {
        return new StageScope(fusion, arguments, dealing, Set.of());
    }

    Memory.Buffer partial(String name, long chunks) {
        return arguments.scratch(name, DType.F32, Math.multiplyExact(x.shape().size(0) * groups, chunks));
    }

    Index sized(String what, long value) {
        return arguments.size("norm " + what, value);
    }

    /* The place among all of them: more than one where an operand lies so that they can't be walked as one. */
    static Index at(List<Group> placed, KernelScope scope) {
        if (placed.isEmpty()) {
            return Index.of(0);
        }
        Index place = scope.place(placed.getFirst());
        for (Group each : placed.subList(1, placed.size())) {
            place = place.times(scope.extent(each)).plus(scope.place(each));
        }
        return place;
    }

    void grid(KernelScope scope, List<Axis> grid, List<Group> placed) {
        for (Group each : placed) {
            Var variable = scope.builder().variable("p");
            grid.add(new Axis(variable, scope.points(each)));
            scope.place(each, Index.of(variable));
        }
    }

    Index partialAt(KernelScope scope, Index chunk, Index ofGroup) {
        Index first = at(joined(image), scope).times(sized("chunks", chunks())).plus(chunk);
        return first.times(sized("groups", groups)).plus(ofGroup);
    }

    long chunks() {
        return channelsInside()
                ? Math.ceilDiv(places(), blockOfPixels())
                : Math.ceilDiv(outermost().extent(), blockOfRows());
    }

    long blockOfPixels() {
        return switch (arguments.schedule()) {
            case PROCESSOR -> Math.clamp(PIXEL_CHUNK / x.shape().size(1), 1, MOST_PIXELS);
            case GPU -> GroupNormTeam.block(places());
        };
    }

    private List<Group> row() {
        List<LoopAxis> axes = new ArrayList<>(channel);
        axes.addAll(space);
        return joined(outermostFirst(axes));
    }

    /* A group of one element has a loop all the same. */
    private Group outermost() {
        List<Group> row = row();
        return row.isEmpty() ? new Group(List.of()) : row.getFirst();
    }

    private long blockOfRows() {
        Group outermost = outermost();
        long inner = row().stream().mapToLong(Group::extent).reduce(1, Math::multiplyExact) / outermost.extent();
        long chunk = arguments.schedule() == Schedule.GPU ? TEAM_CHUNK : CHUNK;
        return Math.max(1, chunk / inner);
    }

    private Dealing dealing() {
        return switch (arguments.schedule()) {
            case PROCESSOR -> Dealing.LANES;
            case GPU -> {
                Group inner = row().isEmpty() ? outermost() : row().getLast();
                long most = row().size() > 1 ? inner.extent() : Math.min(blockOfRows(), inner.extent());
                yield GpuDealings.team(most, widthOfAccess(inner));
            }
        };
    }

    /* Channels outside: a chunk is a part of the outermost loop of a group's elements. */
    private Kernel rows() {
        StageScope scope = scope(dealing());
        BodyBuilder b = scope.builder();
        List<Axis> grid = new ArrayList<>();
        grid(scope, grid, joined(image));
        grid(scope, grid, joined(group));
        Var chunk = b.variable("p");
        grid.add(new Axis(chunk, arguments.count("norm chunks", chunks())));
        Index from = Index.of(chunk).times(sized("block", blockOfRows()));
        Index to = from.plus(sized("block", blockOfRows())).min(extent(scope, outermost()));
        Index count = to.minus(from);
        for (Group inner : row().stream().skip(1).toList()) {
            count = count.times(scope.extent(inner));
        }
        Value number = b.cast(ValueType.F32, b.position(count));
        Value sum = sum(scope, from, to, Optional.empty());
        Value mean = b.div(sum, number);
        Value squares = sum(scope, from, to, Optional.of(mean));
        Index place = partialAt(scope, Index.of(chunk), at(joined(group), scope));
        b.store(partial("means_of_chunks", chunks()), place, mean);
        b.store(partial("squares_of_chunks", chunks()), place, squares);
        return new Kernel("fused_0", grid, scope.dealing().team(), List.of(), b.body());
    }

    private Index extent(KernelScope scope, Group of) {
        return of.axes().isEmpty() ? Index.of(1) : scope.extent(of);
    }

    /* Σ x, or Σ (x − mean)², over a chunk. */
    private Value sum(StageScope scope, Index from, Index to, Optional<Value> mean) {
        BodyBuilder b = scope.builder();
        Accumulator accumulator = b.begin(Accumulator.Kind.SUM, ValueType.F32, true);
        List<Group> row = row().isEmpty() ? List.of(outermost()) : row();
        for (int i = 0; i < row.size(); i++) {
            Index begin = i == 0 ? from : Index.of(0);
            Index end = i == 0 ? to : scope.extent(row.get(i));
            Var variable = i == row.size() - 1
                    ? b.open(scope.dealing(), begin, end)
                    : b.open(Statement.Loop.Kind.SERIAL, begin, end);
            scope.place(row.get(i), Index.of(variable));
        }
        Value element = new Evaluator(scope).value(x, at);
        Value term = mean.map(m -> {
                    Value distance = b.sub(element, m);
                    return b.mul(distance, distance);
                })
                .orElse(element);
        b.add(new Statement.Accumulate(accumulator, term));
        row.forEach(_ -> b.close());
        return b.total(accumulator);
    }

    /** The channels of a group. */
    long width() {
        return x.shape().size(1) / groups;
    }

    /** Where a channel of a group is among all. */
    Index channel(Index ofGroup, Index one) {
        return ofGroup.times(sized("channels of a group", width())).plus(one);
    }

    /** What has to be read for a place. */
    List<Access> accesses() {
        return survey.accesses();
    }

    /* A group's mean and variance from those of its chunks, then the tables by channel. */
    private Kernel join(double eps) {
        boolean isGpu = arguments.schedule() == Schedule.GPU;
        StageScope scope = scope(isGpu ? GpuDealings.team(1, 1) : Dealing.LANES);
        BodyBuilder b = scope.builder();
        List<Axis> grid = new ArrayList<>();
        Var ofImage = b.variable("p");
        grid.add(new Axis(ofImage, arguments.count("norm images", x.shape().size(0))));
        Var ofGroup = b.variable("p");
        grid.add(new Axis(ofGroup, arguments.count("norm groups", groups)));
        boolean pixels = channelsInside();
        long inner = pixels
                ? width()
                : row().stream().skip(1).mapToLong(Group::extent).reduce(1, Math::multiplyExact);
        long outer = pixels ? places() : outermost().extent();
        Index all = sized("outer", outer).times(sized("inner", inner));
        Value number = b.cast(ValueType.F64, b.position(all));
        Value mean = b.div(overChunks(scope, ofImage, ofGroup, outer, inner, Optional.empty()), number);
        Value squares = overChunks(scope, ofImage, ofGroup, outer, inner, Optional.of(mean));
        Value variance = b.div(squares, number);
        Value safe = b.add(variance, b.scalar(arguments.scalar("norm eps", ValueType.F64, eps)));
        Value scale = b.div(b.f64(1), b.unary(Expression.Function.SQRT, safe));
        Value narrowMean = b.cast(ValueType.F32, mean);
        Value narrowScale = b.cast(ValueType.F32, scale);
        Index ofChannel = sized("channels of a group", width());
        Index first = Index.of(ofImage)
                .times(sized("groups", groups))
                .plus(Index.of(ofGroup))
                .times(ofChannel);
        Var one = b.open(scope.dealing(), Index.of(0), ofChannel);
        b.store(NormTables.mean(arguments, norm), first.plus(Index.of(one)), narrowMean);
        b.store(NormTables.scale(arguments, norm), first.plus(Index.of(one)), narrowScale);
        b.close();
        return new Kernel("fused_1", grid, scope.dealing().team(), List.of(), b.body());
    }

    /* Σ n · mean, or Σ squares + n · (mean − all)², over the chunks of a group, each of n elements. */
    private Value overChunks(StageScope scope, Var ofImage, Var ofGroup, long outer, long inner, Optional<Value> all) {
        BodyBuilder b = scope.builder();
        boolean isGpu = arguments.schedule() == Schedule.GPU;
        Accumulator accumulator = b.begin(Accumulator.Kind.SUM, ValueType.F64, isGpu);
        Index chunks = sized("chunks", chunks());
        Var chunk = isGpu
                ? b.open(scope.dealing(), Index.of(0), chunks)
                : b.open(Statement.Loop.Kind.SERIAL, Index.of(0), chunks);
        Index place = Index.of(ofImage)
                .times(sized("chunks", chunks()))
                .plus(Index.of(chunk))
                .times(sized("groups", groups))
                .plus(Index.of(ofGroup));
        long block = channelsInside() ? blockOfPixels() : blockOfRows();
        Index from = Index.of(chunk).times(sized("block", block));
        Index count =
                from.plus(sized("block", block)).min(sized("outer", outer)).minus(from);
        Value number = b.cast(ValueType.F64, b.position(count.times(sized("inner", inner))));
        Value mean = b.cast(ValueType.F64, b.load(partial("means_of_chunks", chunks()), place));
        Value term;
        if (all.isPresent()) {
            Value distance = b.sub(mean, all.get());
            Value squares = b.cast(ValueType.F64, b.load(partial("squares_of_chunks", chunks()), place));
            term = b.add(squares, b.mul(number, b.mul(distance, distance)));
        } else {
            term = b.mul(number, mean);
        }
        b.add(new Statement.Accumulate(accumulator, term));
        b.close();
        return b.total(accumulator);
    }
}
