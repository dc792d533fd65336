package io.github.tintype.capture;

import io.github.tintype.graph.Graph;
import io.github.tintype.graph.Node;
import io.github.tintype.runtime.LazyGraph;
import io.github.tintype.runtime.LoadedProgram;
import io.github.tintype.runtime.ProgramUse;
import io.github.tintype.runtime.RunContext;
import io.github.tintype.runtime.SlabUse;
import io.github.tintype.trace.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/** A stretch of recorded code between two reads of a value, compiled for the sizes that it was recorded with. */
final class Segment implements AutoCloseable {
    private final String name;
    private final Compiler compiler;
    private final CompileOptions options;
    private final ProgramUse use;
    private final TreeSet<Integer> wanted = new TreeSet<>();
    private Optional<Loaded> loaded = Optional.empty();
    private boolean dropped;

    /* What is compiled: the outputs that were asked for, then the nodes at the positions of kept. */
    private record Loaded(LoadedProgram program, Optimized optimized, List<Integer> kept) {}

    /** What a run gave: the outputs, and by position what else was kept. */
    record Result(List<Tensor> outputs, Map<Integer, Tensor> kept) {}

    Segment(String name, Compiler compiler, CompileOptions options, ProgramUse use) {
        this.name = name;
        this.compiler = compiler;
        this.options = options;
        this.use = use;
    }

    /** Asks to hand out what stands at {@code position} of the recording too, from the next run on. */
    synchronized void keep(int position) {
        wanted.add(position);
    }

    Result run(LazyGraph recorded, RunContext context) {
        Loaded ready = retain(recorded, context);
        List<Tensor> results;
        try {
            results = ready.program().run(recorded.arguments(compiler.engine()), context);
        } finally {
            ready.program().release();
            closeIfDropped();
        }
        int outputs = results.size() - ready.kept().size();
        Map<Integer, Tensor> kept = new TreeMap<>();
        for (int i = 0; i < ready.kept().size(); i++) {
            kept.put(ready.kept().get(i), results.get(outputs + i));
        }
        return new Result(results.subList(0, outputs), kept);
    }

    private synchronized Loaded retain(LazyGraph recorded, RunContext context) {
        Loaded ready =
                loaded.filter(old -> old.kept().size() == wanted.size()).orElseGet(() -> load(recorded, context));
        ready.program().retain();
        return ready;
    }

    private Loaded load(LazyGraph recorded, RunContext context) {
        loaded.ifPresent(old -> old.program().close());
        List<Integer> kept = List.copyOf(wanted);
        List<Node> outputs = new ArrayList<>(recorded.graph().outputs());
        kept.forEach(position -> outputs.add(recorded.structural().get(position)));
        Graph graph = Graph.of(outputs);
        Optimized optimized = compiler.optimize(name, name, graph, options, context);
        LoadedProgram program = compiler.engine()
                .load(name, optimized.graph(), recorded.inputTypes(), use.withSlab(SlabUse.SHARED), context);
        compiler.listener().onPlan(name, program.plan());
        Loaded made = new Loaded(program, optimized, kept);
        loaded = Optional.of(made);
        return made;
    }

    synchronized Explanation.CompiledGraphInfo explain() {
        return new Explanation.CompiledGraphInfo(
                name,
                List.of("recorded at each call and found by its structure"),
                List.of(),
                loaded.map(ready -> ready.optimized().graph()).orElseGet(() -> new Graph(List.of(), List.of())),
                loaded.flatMap(ready -> ready.optimized().cache()),
                loaded.map(ready -> ready.optimized().result().steps()).orElse(List.of()),
                loaded.map(ready -> ready.optimized().result().programs()).orElse(List.of()),
                loaded.stream()
                        .map(ready ->
                                new Explanation.Sizes(Map.of(), ready.program().plan(), Optional.empty()))
                        .toList());
    }

    /* Another thread may drop a segment between the moment that a call finds it and the run, which then loads it for itself alone. */
    private synchronized void closeIfDropped() {
        if (dropped) {
            close();
        }
    }

    @Override
    public synchronized void close() {
        dropped = true;
        loaded.ifPresent(ready -> ready.program().close());
        loaded = Optional.empty();
    }
}
