package io.github.tintype.compile;

import io.github.tintype.device.Device;
import io.github.tintype.graph.Graph;
import java.util.ArrayList;
import java.util.List;

/** Runs the {@link Passes} over a graph. */
public final class Optimizer {
    /** What one pass did. {@code nodesBefore} equals {@code nodesAfter} and {@code changed} is false where it found nothing. */
    public record Step(String pass, boolean changed, int nodesBefore, int nodesAfter, long nanos) {}

    /** The improved graph, and how it came about. */
    public record Result(Graph graph, List<Step> steps) {
        public Result {
            steps = List.copyOf(steps);
        }
    }

    private Optimizer() {}

    /** @param listener is told of each pass that changes something */
    public static Result optimize(Graph graph, CompileFlags flags, Device device, PassListener listener) {
        PassContext context = new PassContext(device, flags);
        Graph current = graph;
        List<Step> steps = new ArrayList<>();
        for (Pass pass : Passes.of(flags)) {
            long start = System.nanoTime();
            Graph next = pass.apply(current, context);
            boolean changed = !next.equals(current);
            if (changed) {
                GraphVerifier.check(pass.name(), current, next);
                listener.onPass(pass.name(), current, next);
            }
            steps.add(new Step(
                    pass.name(), changed, current.nodes().size(), next.nodes().size(), System.nanoTime() - start));
            current = next;
        }
        return new Result(current, steps);
    }
}
