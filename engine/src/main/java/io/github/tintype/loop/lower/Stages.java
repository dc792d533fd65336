package io.github.tintype.loop.lower;

import io.github.tintype.graph.Node;
import io.github.tintype.graph.ReduceOp;
import io.github.tintype.loop.lower.KernelScope.Request;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** What a kernel with reductions does in order: each reduction after those that it reads, the result last. */
record Stages(List<Stage> list, List<Coordinate> output) {
    /**
     * One pass over a row.
     *
     * @param reduction what it reduces; nothing for the last, which stores
     * @param value what is computed for each element
     * @param at where
     * @param axes over which it goes, for a reduction
     */
    record Stage(
            Optional<Request> reduction, Node value, List<Coordinate> at, List<LoopAxis> axes, SurveyScope survey) {}

    /** @throws Axes.Cut if an axis has to be cut first */
    static Stages of(Fusion fusion, Node root, List<Coordinate> output) {
        List<Stage> list = new ArrayList<>();
        visit(fusion, Optional.empty(), root, output, List.of(), list, new HashSet<>());
        return new Stages(list, output);
    }

    private static void visit(
            Fusion fusion,
            Optional<Request> reduction,
            Node value,
            List<Coordinate> at,
            List<LoopAxis> axes,
            List<Stage> list,
            Set<Request> seen) {
        SurveyScope survey = SurveyScope.of(fusion, value, at);
        for (Request request : survey.reductions()) {
            if (!seen.add(request)) {
                continue;
            }
            ReduceOp op = (ReduceOp) request.node().op();
            Node x = request.node().inputs().getFirst();
            List<Long> sizes = op.axes().stream().map(x.shape()::size).toList();
            List<List<LoopAxis>> own = fusion.axes().reduced(sizes);
            List<Coordinate> inside = new ArrayList<>(request.at());
            List<LoopAxis> all = new ArrayList<>();
            for (int i = 0; i < own.size(); i++) {
                inside.set(op.axes().get(i), Coordinate.of(own.get(i)));
                all.addAll(own.get(i));
            }
            visit(fusion, Optional.of(request), x, inside, all, list, seen);
        }
        list.add(new Stage(reduction, value, at, axes, survey));
    }

    boolean hasReductions() {
        return list.size() > 1;
    }

    /** The axes for each point of which there is a result of every reduction. */
    Set<LoopAxis> kept(Fusion fusion) {
        Set<LoopAxis> kept = new LinkedHashSet<>();
        for (Stage stage : list) {
            stage.reduction().ifPresent(request -> {
                for (Coordinate coordinate : request.at()) {
                    if (coordinate.general().isPresent()) {
                        throw new Unsupported("a reduction at an index that is computed");
                    }
                    kept.addAll(coordinate.digits());
                }
            });
        }
        for (Stage stage : list) {
            if (stage.axes().stream().anyMatch(kept::contains)) {
                throw new Unsupported("reductions over different axes");
            }
        }
        return kept;
    }

    List<Access> accesses() {
        return list.stream()
                .flatMap(stage -> stage.survey().accesses().stream())
                .toList();
    }

    Set<LoopAxis> fixed() {
        Set<LoopAxis> fixed = new HashSet<>();
        list.forEach(stage -> fixed.addAll(stage.survey().fixed()));
        return fixed;
    }

    /** What is costly and computed in more than one stage. */
    Set<Request> repeated() {
        return repeated(SurveyScope::costly);
    }

    /** What is read in more than one stage. */
    Set<Request> reread() {
        return repeated(SurveyScope::inputs);
    }

    private Set<Request> repeated(Function<SurveyScope, Set<Request>> requests) {
        Set<Request> once = new HashSet<>();
        Set<Request> more = new LinkedHashSet<>();
        for (Stage stage : list) {
            for (Request request : requests.apply(stage.survey())) {
                if (!once.add(request)) {
                    more.add(request);
                }
            }
        }
        return more;
    }
}
