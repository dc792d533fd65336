package io.github.tintype.capture;

import io.github.tintype.compile.Optimizer;
import io.github.tintype.compile.Plan;
import io.github.tintype.graph.Graph;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What compiling a function has come to so far. Source of the idea: torch._dynamo.explain.
 *
 * @param graphs what was compiled, in order; the parts of a broken function are listed too
 * @param breaks where graphs ended
 * @param recompiles why each graph after the first was needed
 * @param eagerCalls calls that ran uncompiled, for a stance or beyond the limit
 */
public record Explanation(
        String name,
        List<CompiledGraphInfo> graphs,
        List<Break> breaks,
        List<Recompile> recompiles,
        long calls,
        long eagerCalls) {
    public Explanation {
        graphs = List.copyOf(graphs);
        breaks = List.copyOf(breaks);
        recompiles = List.copyOf(recompiles);
    }

    /**
     * One compiled graph.
     *
     * @param guards when it is used, a line each
     * @param assumptions what recording had to assume of sizes that might have stayed open
     * @param cache what came of looking for it in the device's cache; empty if nothing was looked for
     * @param steps what each pass did when the graph was made
     * @param programs what was optimised on its own, each distinct region once
     * @param sizes the sizes that it was called with
     */
    public record CompiledGraphInfo(
            String name,
            List<String> guards,
            List<Assumption> assumptions,
            Graph graph,
            Optional<String> cache,
            List<Optimizer.Step> steps,
            List<Optimizer.Program> programs,
            List<Sizes> sizes) {
        public CompiledGraphInfo {
            guards = List.copyOf(guards);
            assumptions = List.copyOf(assumptions);
            steps = List.copyOf(steps);
            programs = List.copyOf(programs);
            sizes = List.copyOf(sizes);
        }
    }

    /**
     * Values of a graph's symbols, and the plan for them.
     *
     * @param plan what each call runs
     * @param request what runs once for a request, if anything does
     */
    public record Sizes(Map<String, Long> symbols, Plan plan, Optional<Plan> request) {
        public Sizes {
            symbols = Map.copyOf(symbols);
        }
    }

    /**
     * A place where a value was read.
     *
     * @param place Java line and module
     * @param operator what made the value
     */
    public record Break(String place, String operator, String message) {}

    /**
     * A graph that was needed though others were there.
     *
     * @param guards for each graph that was there, the guard that failed
     */
    public record Recompile(String graph, List<String> guards) {
        public Recompile {
            guards = List.copyOf(guards);
        }
    }

    /** For people. */
    @Override
    public String toString() {
        List<String> lines = new ArrayList<>();
        lines.add("%s: %s, %s, %s, %s, %d of them eager"
                .formatted(
                        name,
                        count(graphs.size(), "graph"),
                        count(breaks.size(), "graph break"),
                        count(recompiles.size(), "recompile"),
                        count(calls, "call"),
                        eagerCalls));
        breaks.forEach(at -> lines.add("  break: " + at.message()));
        recompiles.forEach(recompile -> lines.add(
                "  recompile: %s since %s".formatted(recompile.graph(), String.join("; ", recompile.guards()))));
        for (CompiledGraphInfo graph : graphs) {
            lines.add("  graph %s: %d nodes"
                    .formatted(graph.name(), graph.graph().nodes().size()));
            graph.guards().forEach(guard -> lines.add("    guard %s".formatted(guard)));
            graph.assumptions().forEach(assumption -> lines.add("    assumed %s".formatted(assumption)));
            graph.cache().ifPresent(came -> lines.add("    passes: " + came));
            graph.steps().stream()
                    .filter(Optimizer.Step::changed)
                    .forEach(step -> lines.add("    pass %s: %d → %d nodes, %.1f ms"
                            .formatted(step.pass(), step.nodesBefore(), step.nodesAfter(), step.nanos() * 1e-6)));
            for (Optimizer.Program program : graph.programs()) {
                lines.add("    program %s: %d × %s, %d → %d nodes"
                        .formatted(
                                program.key(),
                                program.occurrences(),
                                program.module().isEmpty() ? name : program.module(),
                                program.nodesBefore(),
                                program.nodesAfter()));
            }
            graph.sizes().forEach(sizes -> addPlans(sizes, lines));
        }
        return String.join(System.lineSeparator(), lines) + System.lineSeparator();
    }

    private static String count(long number, String what) {
        return number == 1 ? "1 " + what : "%d %ss".formatted(number, what);
    }

    private static void addPlans(Sizes sizes, List<String> lines) {
        String symbols = sizes.symbols().isEmpty() ? "" : " " + sizes.symbols();
        sizes.request().ifPresent(plan -> {
            lines.add(
                    "    once for a request%s: %s, %,d bytes kept".formatted(symbols, needs(plan), plan.outputBytes()));
            addTuning(plan, lines);
        });
        lines.add("    plan%s: %s".formatted(symbols, needs(sizes.plan())));
        addTuning(sizes.plan(), lines);
    }

    private static void addTuning(Plan plan, List<String> lines) {
        plan.tuning().ifPresent(report -> lines.add("      " + report));
    }

    private static String needs(Plan plan) {
        return "%s, slab %,d bytes, weights %,d bytes"
                .formatted(count(plan.calls().size(), "kernel call"), plan.slabBytes(), plan.weightBytes());
    }
}
