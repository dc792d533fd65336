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

/**
 * Writes the kernel of a value that is stored: pointwise over blocks of the innermost axis, or row by row where there are reductions, each
 * row in as many passes as it has reductions, and one more.
 */
final class KernelWriter {
    /* A point of a pointwise grid: enough work to be worth a call, few enough that threads share evenly. */
    private static final long BLOCK = 4096;
    /* Longer sums are made in F64: in F32 each of 16 lanes would add more than 256 numbers. */
    private static final long LONG_SUM = 4096;
    private static final int OUTPUT = -1;

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
        StageScope scope = new StageScope(fusion, arguments, Set.of());
        Access store = store(scope, stages.output());
        findInPlace(root, stages.accesses(), store);
        List<Access> accesses = new ArrayList<>(stages.accesses());
        accesses.add(store);
        List<Group> groups = Group.of(outermostFirst(axes(stages.output()), store), accesses, stages.fixed());
        BodyBuilder b = scope.builder();
        List<Axis> grid = new ArrayList<>();
        if (groups.isEmpty()) {
            grid.add(new Axis(b.variable("p"), Index.of(1)));
            write(scope, root, stages.output(), store);
            return new Kernel(name, grid, scope.locals(), b.body());
        }
        place(scope, grid, groups.subList(0, groups.size() - 1));
        Group inner = groups.getLast();
        long block = Math.min(BLOCK, Math.max(1, inner.extent()));
        Index size = arguments.size(name + " block", block);
        Var blocks = b.variable("p");
        grid.add(new Axis(blocks, arguments.size(name + " blocks", Math.ceilDiv(inner.extent(), block))));
        Index from = Index.of(blocks).times(size);
        Var element = b.open(Statement.Loop.Kind.VECTOR, from, from.plus(size).min(scope.extent(inner)));
        scope.place(inner, Index.of(element));
        scope.begin(Optional.of(Index.of(element)));
        write(scope, root, stages.output(), store);
        b.close();
        return new Kernel(name, grid, scope.locals(), b.body());
    }

    private void place(KernelScope scope, List<Axis> grid, List<Group> groups) {
        for (Group group : groups) {
            Var variable = scope.builder().variable("p");
            grid.add(new Axis(variable, scope.extent(group)));
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
        StageScope scope = new StageScope(fusion, arguments, toKeep(stages, rowGroups));
        List<Axis> grid = new ArrayList<>();
        place(scope, grid, gridGroups);
        if (grid.isEmpty()) {
            grid.add(new Axis(scope.builder().variable("p"), Index.of(1)));
        }
        for (Stages.Stage stage : stages.list()) {
            if (stage.reduction().isPresent()) {
                boolean same = new HashSet<>(stage.axes()).equals(new HashSet<>(rowAxes));
                List<Group> groups = same ? rowGroups : groups(stage, accesses, stages);
                scope.result(stage.reduction().get(), reduce(scope, stage, groups));
            } else {
                open(scope, rowGroups);
                write(scope, root, stages.output(), store);
                rowGroups.forEach(_ -> scope.builder().close());
            }
        }
        return new Kernel(name, grid, scope.locals(), scope.builder().body());
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
            boolean isLast = i == groups.size() - 1;
            Statement.Loop.Kind kind = isLast ? Statement.Loop.Kind.VECTOR : Statement.Loop.Kind.SERIAL;
            Index place = Index.of(scope.builder().open(kind, Index.of(0), scope.extent(groups.get(i))));
            scope.place(groups.get(i), place);
            innermost = Optional.of(place);
        }
        scope.begin(innermost);
    }

    private Value reduce(StageScope scope, Stages.Stage stage, List<Group> groups) {
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
        ValueType inside = adds && type == ValueType.F32 && count > LONG_SUM ? ValueType.F64 : type;
        Accumulator.Kind how = switch (kind) {
            case SUM, MEAN -> Accumulator.Kind.SUM;
            case MAX -> Accumulator.Kind.MAX;
            case MIN -> Accumulator.Kind.MIN;
        };
        Accumulator accumulator = b.begin(how, inside, !groups.isEmpty());
        open(scope, groups);
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
