package io.github.tintype.loop.lower;

import io.github.tintype.graph.Node;
import io.github.tintype.graph.ReduceOp;
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
import io.github.tintype.loop.lower.KernelScope.Request;
import io.github.tintype.tensor.DType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Writes the kernel of a value that is stored: pointwise over blocks of the innermost axis, or row by row where there are reductions, each
 * row in as many passes as it has reductions, and one more. On a GPU a block is one thread's access, and a row is a team's; what passes have in
 * common of a short row stays in registers.
 */
final class KernelWriter {
    /* A point of a pointwise grid: enough work to be worth a call, few enough that threads share evenly. */
    private static final long BLOCK = 4096;
    /* Bytes from what a pointwise kernel computes on to what it fetches: memory is as far away as it takes to compute on so many. */
    private static final long AHEAD = 4096;
    /* Longer sums are made in F64: in F32 each of 16 lanes (or of a team's threads) would add more than 256 numbers. */
    private static final long LONG_SUM = 4096;
    private static final long LONG_ROUNDS = 256;
    /* From here on a GPU takes what is left of a last access as a second loop, rather than all one by one. */
    private static final long WIDE = 64;
    static final int OUTPUT = -1;

    private final Fusion fusion;
    private final ProgramArguments arguments;

    /* Inputs that are read just where the result is written: nothing that is still needed is lost if they are one memory. */
    private List<Integer> inPlace = List.of();

    KernelWriter(Fusion fusion, ProgramArguments arguments) {
        this.fusion = fusion;
        this.arguments = arguments;
    }

    /** The kernel called {@code name} that stores {@code root}. @throws Axes.Cut if an axis has to be cut first */
    Kernel write(String name, Node root) {
        List<Coordinate> at = new ArrayList<>();
        for (int i = 0; i < root.shape().rank(); i++) {
            at.add(Coordinate.of(
                    fusion.axes().of(List.of("result", i), root.shape().size(i))));
        }
        Stages stages = Stages.of(fusion, root, at);
        return stages.hasReductions() ? rows(name, root, aliased(stages, root, at)) : pointwise(name, root, stages);
    }

    /* Rows that are reduced and rows that are stored are the same axes, if their sizes are: then what one pass computes another can read. */
    private Stages aliased(Stages stages, Node root, List<Coordinate> at) {
        Set<LoopAxis> kept = stages.kept(fusion);
        List<Integer> dimensions = new ArrayList<>();
        for (int i = 0; i < at.size(); i++) {
            List<LoopAxis> digits = at.get(i).digits();
            if (!digits.isEmpty() && digits.stream().noneMatch(kept::contains)) {
                dimensions.add(i);
            }
        }
        List<Long> sizes = dimensions.stream().map(root.shape()::size).toList();
        boolean changed = false;
        for (Stages.Stage stage : stages.list()) {
            if (stage.reduction().isPresent()) {
                Node reduction = stage.reduction().get().node();
                List<Long> reduced = ((ReduceOp) reduction.op())
                        .axes().stream()
                                .map(reduction.inputs().getFirst().shape()::size)
                                .toList();
                if (reduced.equals(sizes)) {
                    for (int i = 0; i < sizes.size(); i++) {
                        fusion.axes().alias(sizes, i, List.of("result", dimensions.get(i)));
                    }
                    changed = true;
                }
            }
        }
        return changed ? Stages.of(fusion, root, at) : stages;
    }

    /** Inputs whose memory the result may have, once the kernel is written. */
    List<Integer> inPlace() {
        return inPlace;
    }

    private void findInPlace(Node root, List<Access> accesses, Access store) {
        List<Integer> found = new ArrayList<>();
        for (int i = 0; i < fusion.inputs().size(); i++) {
            int operand = i;
            boolean sameType = fusion.inputs().get(i).equals(root.type());
            if (sameType
                    && accesses.stream()
                            .filter(access -> access.operand() == operand)
                            .allMatch(store::movesLike)) {
                found.add(i);
            }
        }
        inPlace = List.copyOf(found);
    }

    private List<LoopAxis> outermostFirst(List<LoopAxis> axes, Access access) {
        List<LoopAxis> sorted = new ArrayList<>(axes);
        sorted.sort(Comparator.comparingLong((LoopAxis axis) -> -access.stride(axis))); // stable
        return sorted;
    }

    private Access store(KernelScope scope, List<Coordinate> at) {
        return scope.access(OUTPUT, fusion.output(), at);
    }

    private static List<LoopAxis> axes(List<Coordinate> at) {
        Set<LoopAxis> axes = new LinkedHashSet<>();
        at.forEach(coordinate -> axes.addAll(coordinate.digits()));
        return List.copyOf(axes);
    }

    private Kernel pointwise(String name, Node root, Stages stages) {
        Access store = store(new SurveyScope(fusion), stages.output());
        findInPlace(root, stages.accesses(), store);
        List<Access> accesses = new ArrayList<>(stages.accesses());
        accesses.add(store);
        List<Group> groups = Group.of(outermostFirst(axes(stages.output()), store), accesses, stages.fixed());
        Dealing dealing = switch (arguments.schedule()) {
            case PROCESSOR -> Dealing.LANES;
            case GPU -> Dealing.of(1, groups.isEmpty() ? 1 : gpuWidth(groups, accesses));
        };
        StageScope scope = new StageScope(fusion, arguments, dealing, Set.of());
        BodyBuilder b = scope.builder();
        List<Axis> grid = new ArrayList<>();
        if (groups.isEmpty()) {
            grid.add(new Axis(b.variable("p"), Index.of(1)));
            write(scope, root, stages.output(), store);
            return kernel(name, grid, scope);
        }
        place(scope, grid, groups.subList(0, groups.size() - 1));
        Group inner = groups.getLast();
        switch (arguments.schedule()) {
            case PROCESSOR -> blocks(name, scope, grid, inner, root, stages, store);
            case GPU -> chunks(name, scope, grid, inner, root, stages, store);
        }
        return kernel(name, grid, scope);
    }

    private static Kernel kernel(String name, List<Axis> grid, StageScope scope) {
        return new Kernel(
                name,
                grid,
                scope.dealing().team(),
                scope.locals(),
                scope.builder().body());
    }

    private int gpuWidth(List<Group> groups, List<Access> accesses) {
        Group inner = groups.getLast();
        boolean mayEndEarly = groups.size() == 1 && inner.extent() >= WIDE;
        return new GpuDealings(fusion).width(inner, accesses, !mayEndEarly);
    }

    private void blocks(
            String name, StageScope scope, List<Axis> grid, Group inner, Node root, Stages stages, Access store) {
        BodyBuilder b = scope.builder();
        long block = Math.min(BLOCK, Math.max(1, inner.extent()));
        Index size = arguments.size(name + " block", block);
        Var blocks = b.variable("p");
        grid.add(new Axis(blocks, arguments.size(name + " blocks", Math.ceilDiv(inner.extent(), block))));
        Index from = Index.of(blocks).times(size);
        Index to = from.plus(size).min(scope.extent(inner));
        Var element = b.open(scope.dealing(), from, to);
        for (Access access : Access.fetchable(stages.accesses())) {
            if (access.stride(inner.axes().getLast()) == 1 && access.movesWhere(store)) {
                int bytes = scope.input(access).dtype().bytes();
                scope.place(inner, Index.of(element).plus(Index.of(AHEAD / bytes)));
                scope.fetch(access);
            }
        }
        element(scope, element, inner, root, stages, store);
    }

    /* A point for each access of the widest kind, and one for the rest, element by element. */
    private void chunks(
            String name, StageScope scope, List<Axis> grid, Group inner, Node root, Stages stages, Access store) {
        int width = scope.dealing().width();
        Var chunk = scope.builder().variable("p");
        grid.add(new Axis(chunk, arguments.count(name + " chunks", Math.ceilDiv(inner.extent(), width))));
        Index from = Index.of(chunk).times(Index.of(width));
        Index to = from.plus(Index.of(width));
        if (inner.extent() % width == 0) {
            elements(scope, scope.dealing(), from, to, inner, root, stages, store);
            return;
        }
        Index whole = arguments.size(name + " whole", inner.extent() / width * width);
        elements(scope, scope.dealing(), from, to.min(whole), inner, root, stages, store);
        Index end = to.min(scope.extent(inner));
        elements(scope, scope.dealing().single(), from.max(whole), end, inner, root, stages, store);
    }

    private void elements(
            StageScope scope,
            Dealing dealing,
            Index from,
            Index to,
            Group inner,
            Node root,
            Stages stages,
            Access store) {
        element(scope, scope.builder().open(dealing, from, to), inner, root, stages, store);
    }

    private void element(StageScope scope, Var element, Group inner, Node root, Stages stages, Access store) {
        scope.place(inner, Index.of(element));
        scope.begin(Optional.of(Index.of(element)));
        write(scope, root, stages.output(), store);
        scope.builder().close();
    }

    private void place(KernelScope scope, List<Axis> grid, List<Group> groups) {
        for (Group group : groups) {
            Var variable = scope.builder().variable("p");
            grid.add(new Axis(variable, scope.points(group)));
            scope.place(group, Index.of(variable));
        }
    }

    private void write(KernelScope scope, Node root, List<Coordinate> at, Access store) {
        Value value = new Evaluator(scope).value(root, at);
        Memory.Buffer out = arguments.output(root.type().dtype());
        scope.builder().store(out, scope.index(store), value);
    }

    private Kernel rows(String name, Node root, Stages stages) {
        Set<LoopAxis> kept = stages.kept(fusion);
        List<LoopAxis> own = axes(stages.output());
        SurveyScope survey = new SurveyScope(fusion);
        Access store = store(survey, stages.output());
        findInPlace(root, stages.accesses(), store);
        List<Access> accesses = new ArrayList<>(stages.accesses());
        accesses.add(store);
        if (!new HashSet<>(own).containsAll(kept)) {
            throw new Unsupported("a reduction over what isn't in the result");
        }
        List<LoopAxis> rowAxes =
                own.stream().filter(axis -> !kept.contains(axis)).toList();
        List<Group> rowGroups = Group.of(outermostFirst(rowAxes, store), accesses, stages.fixed());
        List<Group> gridGroups = Group.of(outermostFirst(List.copyOf(kept), store), accesses, stages.fixed());
        StageScope scope = scope(stages, rowAxes, rowGroups, gridGroups, accesses);
        List<Axis> grid = new ArrayList<>();
        place(scope, grid, gridGroups);
        if (grid.isEmpty()) {
            grid.add(new Axis(scope.builder().variable("p"), Index.of(1)));
        }
        for (int i = 0; i < stages.list().size(); i++) {
            Stages.Stage stage = stages.list().get(i);
            if (stage.reduction().isPresent()) {
                boolean isRow = isSame(stage, rowAxes);
                List<Group> groups = isRow ? rowGroups : groups(stage, accesses, stages);
                boolean isBetween = i > 0
                        && i == stages.list().size() - 2
                        && isSame(stages.list().getFirst(), rowAxes);
                Runnable ahead = isRow && isBetween ? () -> fetchAhead(scope, stages, gridGroups) : () -> {};
                scope.result(stage.reduction().get(), reduce(scope, stage, groups, ahead));
            } else {
                open(scope, rowGroups);
                write(scope, root, stages.output(), store);
                rowGroups.forEach(_ -> scope.builder().close());
            }
        }
        return kernel(name, grid, scope);
    }

    private StageScope scope(
            Stages stages,
            List<LoopAxis> rowAxes,
            List<Group> rowGroups,
            List<Group> gridGroups,
            List<Access> accesses) {
        if (arguments.schedule() == Schedule.PROCESSOR) {
            return new StageScope(fusion, arguments, Dealing.LANES, toKeep(stages, rowGroups));
        }
        List<Group> loops = new ArrayList<>();
        for (Stages.Stage stage : stages.list()) {
            boolean isRow = stage.reduction().isEmpty() || isSame(stage, rowAxes);
            List<Group> groups = isRow ? rowGroups : groups(stage, accesses, stages);
            loops.addAll(groups.isEmpty() ? List.of() : List.of(groups.getLast()));
        }
        long points = gridGroups.stream().mapToLong(Group::extent).reduce(1, Math::multiplyExact);
        Dealing dealing = new GpuDealings(fusion).rows(loops, accesses, points);
        boolean isShort = rowGroups.size() == 1
                && dealing.rounds(rowGroups.getFirst().extent()) <= GpuDealings.KEPT_ROUNDS
                && stages.list().stream().allMatch(stage -> stage.reduction().isEmpty() || isSame(stage, rowAxes));
        if (!isShort) {
            return new StageScope(fusion, arguments, dealing, Set.of());
        }
        Set<LoopAxis> row = new HashSet<>(rowAxes);
        List<Request> kept = Stream.concat(stages.reread().stream(), stages.repeated().stream())
                .filter(request -> new HashSet<>(axes(request.at())).containsAll(row))
                .toList();
        return new StageScope(
                fusion,
                arguments,
                kept.isEmpty() ? dealing : dealing.keeping(rowGroups.getFirst().extent()),
                kept);
    }

    private static boolean isSame(Stages.Stage stage, List<LoopAxis> rowAxes) {
        return new HashSet<>(stage.axes()).equals(new HashSet<>(rowAxes));
    }

    private List<Group> groups(Stages.Stage stage, List<Access> accesses, Stages stages) {
        Optional<Access> main = stage.survey().accesses().stream()
                .filter(access -> stage.axes().stream().anyMatch(axis -> access.stride(axis) != 0))
                .findFirst();
        List<LoopAxis> order = main.isPresent() ? outermostFirst(stage.axes(), main.get()) : stage.axes();
        return Group.of(order, accesses, stages.fixed());
    }

    /* One costly function of a row that is one loop and short enough. */
    private static Set<Request> toKeep(Stages stages, List<Group> rowGroups) {
        if (rowGroups.size() != 1 || rowGroups.getFirst().extent() > StageScope.KEPT) {
            return Set.of();
        }
        Set<LoopAxis> row = new HashSet<>(rowGroups.getFirst().axes());
        return stages.repeated().stream()
                .filter(request -> new HashSet<>(axes(request.at())).containsAll(row))
                .findFirst()
                .map(Set::of)
                .orElse(Set.of());
    }

    private void open(StageScope scope, List<Group> groups) {
        Optional<Index> innermost = Optional.empty();
        for (int i = 0; i < groups.size(); i++) {
            BodyBuilder b = scope.builder();
            Index extent = scope.extent(groups.get(i));
            Index place = Index.of(
                    i == groups.size() - 1
                            ? b.open(scope.dealing(), Index.of(0), extent)
                            : b.open(Statement.Loop.Kind.SERIAL, Index.of(0), extent));
            scope.place(groups.get(i), place);
            innermost = Optional.of(place);
        }
        scope.begin(innermost);
    }

    /*
     * The first pass over a row waits for memory, the last one writes to it, and those between compute on what is in the cache: the last of these has the time to fetch the next
     * row.
     */
    private void fetchAhead(StageScope scope, Stages stages, List<Group> gridGroups) {
        if (arguments.schedule() != Schedule.PROCESSOR || gridGroups.isEmpty()) {
            return;
        }
        Group last = gridGroups.getLast();
        Index here = scope.place(last);
        scope.place(last, here.plus(Index.of(1)));
        for (Access access : Access.fetchable(stages.list().getFirst().survey().accesses())) {
            boolean isNextElsewhere = access.stride(last.axes().getLast()) != 0;
            if (isNextElsewhere) {
                scope.fetch(access);
            }
        }
        scope.place(last, here);
    }

    private Value reduce(StageScope scope, Stages.Stage stage, List<Group> groups, Runnable beside) {
        BodyBuilder b = scope.builder();
        ReduceOp.Kind kind = ((ReduceOp) stage.reduction().orElseThrow().node().op()).kind();
        DType dtype = stage.value().type().dtype();
        ValueType type = ValueType.of(dtype);
        if (type == ValueType.BOOL) {
            throw new Unsupported("a reduction of bool");
        }
        long count = groups.stream().mapToLong(Group::extent).reduce(1, Math::multiplyExact);
        if (count == 0) {
            throw new Unsupported("a reduction of nothing");
        }
        boolean adds = kind == ReduceOp.Kind.SUM || kind == ReduceOp.Kind.MEAN;
        boolean isLong = switch (arguments.schedule()) {
            case PROCESSOR -> count > LONG_SUM;
            case GPU -> scope.dealing().rounds(count) > LONG_ROUNDS;
        };
        ValueType inside = adds && type == ValueType.F32 && isLong ? ValueType.F64 : type;
        Accumulator.Kind how = switch (kind) {
            case SUM, MEAN -> Accumulator.Kind.SUM;
            case MAX -> Accumulator.Kind.MAX;
            case MIN -> Accumulator.Kind.MIN;
        };
        Accumulator accumulator = b.begin(how, inside, !groups.isEmpty());
        open(scope, groups);
        beside.run();
        Value element = new Evaluator(scope).value(stage.value(), stage.at());
        b.add(new Statement.Accumulate(accumulator, b.cast(inside, element)));
        groups.forEach(_ -> b.close());
        scope.begin(Optional.empty());
        Value total = b.total(accumulator);
        if (kind == ReduceOp.Kind.MEAN) {
            Index all = Index.of(1);
            for (Group group : groups) {
                all = all.times(scope.extent(group));
            }
            total = b.div(total, b.cast(inside, b.position(all)));
        }
        Value result = b.cast(type, total);
        return switch (dtype) {
            case I8, U8, I16 -> b.define(new Expression.Narrow(dtype, result));
            case F64, F32, F16, BF16, F8_E4M3, F8_E5M2, I64, I32, BOOL -> result;
        };
    }
}
