package io.github.tintype.compile;

import io.github.tintype.device.Device;
import io.github.tintype.graph.Graph;
import io.github.tintype.tensor.DenseWeight;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Runs the {@link Passes} over a graph: once over each of its distinct {@link Regions}, once over what is around them, and, where all is
 * compiled, those of {@link Passes#afterRegions} over the whole.
 */
public final class Optimizer {
    /** What one pass did. {@code nodesBefore} equals {@code nodesAfter} and {@code changed} is false where it found nothing. */
    public record Step(String pass, boolean changed, int nodesBefore, int nodesAfter, long nanos) {}

    /**
     * What was optimised on its own.
     *
     * @param key sixteen digits that stand for its structure; "rest" for what is around the regions
     * @param module the class of the module; of the rest, the one whose call the graph is, empty if it is none's
     * @param occurrences how many calls of the graph it stands for, those inside of other programs' calls included
     * @param nodesBefore nodes as traced; of a region inside of it only its results and weights count
     * @param nodesAfter nodes after the passes, counted alike
     */
    public record Program(
            String key, String module, int occurrences, int nodesBefore, int nodesAfter, List<Step> steps) {
        public Program {
            steps = List.copyOf(steps);
        }
    }

    /**
     * The improved graph, and how it came about.
     *
     * @param steps each pass, its figures summed over all programs, then the passes over the whole
     * @param programs those of the regions in the order of the graph, then the rest if it is compiled
     */
    public record Result(Graph graph, List<Step> steps, List<Program> programs) {
        public Result {
            steps = List.copyOf(steps);
            programs = List.copyOf(programs);
        }
    }

    private static final String REST = "rest";

    private final CompileFlags flags;
    private final Device device;
    private final PassListener listener;
    private final List<Program> programs = new ArrayList<>();
    private int total;

    private Optimizer(CompileFlags flags, Device device, PassListener listener) {
        this.flags = flags;
        this.device = device;
        this.listener = listener;
    }

    /** As the method below, with {@link RegionPolicy.WholeGraph}. */
    public static Result optimize(Graph graph, CompileFlags flags, Device device, PassListener listener) {
        return optimize(graph, new RegionPolicy.WholeGraph(), flags, device, listener);
    }

    /**
     * @param graph as traced
     * @param listener is told of each pass that changes something; passes over a region have its module and key in their names, those over
     *     the whole "@whole"
     * @throws IllegalArgumentException if the policy names classes of which the graph has none
     */
    public static Result optimize(
            Graph graph, RegionPolicy policy, CompileFlags flags, Device device, PassListener listener) {
        return new Optimizer(flags, device, listener).optimize(graph, policy);
    }

    private Result optimize(Graph graph, RegionPolicy policy) {
        Regions regions = Regions.of(graph, policy);
        RegionGraphs graphs = new RegionGraphs(regions);
        Map<RegionProgram, Integer> occurrences = regions.occurrences();
        boolean compilesRest = policy instanceof RegionPolicy.WholeGraph;
        total = regions.programs().size() + (compilesRest ? 1 : 0);
        listener.onProgram(0, total);
        for (RegionProgram program : regions.programs()) {
            optimize(program, graphs, regions, occurrences);
        }
        Graph rest = graphs.rest();
        if (compilesRest) {
            List<Step> steps = new ArrayList<>();
            Graph improved = run(Passes.of(flags), rest, Set.of(), "", steps);
            String module = regions.tree().only().map(CallTree.Call::module).orElse("");
            add(new Program(
                    REST, module, 1, rest.nodes().size(), improved.nodes().size(), steps));
            rest = improved;
        }
        Graph result = graphs.expand(rest);
        GraphVerifier.check("regions", graph, result);
        List<Step> steps = new ArrayList<>(sum());
        if (compilesRest && !regions.programs().isEmpty()) {
            result = run(Passes.afterRegions(), result, Set.of(), "@whole", steps);
        }
        return new Result(result, steps, programs);
    }

    /* Those inside first: they are expanded into it. */
    private void optimize(
            RegionProgram program, RegionGraphs graphs, Regions regions, Map<RegionProgram, Integer> occurrences) {
        if (program.isOptimized()) {
            return;
        }
        for (CallTree.Call inner : regions.regions(program.first().call())) {
            optimize(regions.program(inner), graphs, regions, occurrences);
        }
        Graph body = graphs.body(program);
        List<Step> steps = new ArrayList<>();
        Graph improved = run(Passes.of(flags), body, program.readElsewhere(), "@" + program, steps);
        program.optimized(graphs.expand(improved));
        add(new Program(
                program.first().key().digest(),
                program.module(),
                occurrences.getOrDefault(program, 0),
                body.nodes().size(),
                improved.nodes().size(),
                steps));
    }

    private void add(Program program) {
        programs.add(program);
        listener.onProgram(programs.size(), total);
    }

    private Graph run(List<Pass> passes, Graph graph, Set<DenseWeight> readElsewhere, String where, List<Step> steps) {
        PassContext context = new PassContext(device, flags, readElsewhere);
        Graph current = graph;
        for (Pass pass : passes) {
            long start = System.nanoTime();
            Graph next = pass.apply(current, context);
            boolean changed = !next.equals(current);
            if (changed) {
                GraphVerifier.check(pass.name(), current, next);
                listener.onPass(pass.name() + where, current, next);
            }
            steps.add(new Step(
                    pass.name(), changed, current.nodes().size(), next.nodes().size(), System.nanoTime() - start));
            current = next;
        }
        return current;
    }

    private List<Step> sum() {
        List<Step> sums = new ArrayList<>();
        List<Pass> passes = Passes.of(flags);
        for (int i = 0; i < passes.size(); i++) {
            Step sum = new Step(passes.get(i).name(), false, 0, 0, 0);
            for (Program program : programs) {
                Step step = program.steps().get(i);
                sum = new Step(
                        sum.pass(),
                        sum.changed() || step.changed(),
                        sum.nodesBefore() + step.nodesBefore(),
                        sum.nodesAfter() + step.nodesAfter(),
                        sum.nanos() + step.nanos());
            }
            sums.add(sum);
        }
        return sums;
    }
}
