package io.github.tintype.capture;

import io.github.tintype.compile.Plan;
import io.github.tintype.compile.RequestSplit;
import io.github.tintype.runtime.Engine;
import io.github.tintype.runtime.LoadedProgram;
import io.github.tintype.runtime.ProgramUse;
import io.github.tintype.runtime.RunContext;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.trace.Tree;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/** A function compiled for what its guards allow: one graph, and a program for each set of sizes that it was called with. */
final class CompiledGraph implements AutoCloseable {
    /* Each holds a plan; weights are shared. */
    private static final int MOST_PROGRAMS = 32;

    private final String name;
    private final Compiler compiler;
    private final ProgramUse use;
    private final Guards guards;
    private final Tracer.Trace trace;
    private final Optimized optimized;
    private final Optional<RequestSplit> split;
    private final LinkedHashMap<Map<String, Long>, LoadedProgram> programs = new LinkedHashMap<>(16, 0.75f, true);

    CompiledGraph(
            String name,
            Compiler compiler,
            ProgramUse use,
            Guards guards,
            Tracer.Trace trace,
            Optimized optimized,
            Optional<RequestSplit> split) {
        this.name = name;
        this.compiler = compiler;
        this.use = use;
        this.guards = guards;
        this.trace = trace;
        this.optimized = optimized;
        this.split = split;
    }

    Guards guards() {
        return guards;
    }

    Tree output() {
        return trace.output();
    }

    /**
     * The program for these values of the symbols, retained. No tracing and no pass: sizes are put in, and kernels chosen for them.
     */
    synchronized LoadedProgram retain(Map<String, Long> symbols, RunContext context) {
        LoadedProgram program = programs.get(symbols);
        if (program == null) {
            program = load(symbols, context);
            programs.put(symbols, program);
            if (programs.size() > MOST_PROGRAMS) {
                programs.pollFirstEntry().getValue().close();
            }
        }
        program.retain();
        return program;
    }

    /** The plans for these values of the symbols: a request's, if there is one, and a call's. Nothing is bound or kept. */
    List<Plan> plans(Map<String, Long> symbols, RunContext context) {
        Function<String, Dim> sizes = sizes(symbols);
        List<TensorType> arguments = arguments(sizes);
        Engine engine = compiler.engine();
        return split.map(stages -> engine.plans(name, stages.substitute(sizes), arguments, use, context))
                .orElseGet(
                        () -> List.of(engine.plan(name, optimized.graph().substitute(sizes), arguments, use, context)));
    }

    private static Function<String, Dim> sizes(Map<String, Long> symbols) {
        return symbol -> Dim.of(Objects.requireNonNull(symbols.get(symbol)));
    }

    private List<TensorType> arguments(Function<String, Dim> sizes) {
        return trace.arguments().types().stream()
                .map(type -> type.with(type.shape().substitute(sizes)))
                .toList();
    }

    private LoadedProgram load(Map<String, Long> symbols, RunContext context) {
        Function<String, Dim> sizes = sizes(symbols);
        List<TensorType> arguments = arguments(sizes);
        Engine engine = compiler.engine();
        LoadedProgram loaded = split.map(stages -> engine.load(name, stages.substitute(sizes), arguments, use, context))
                .orElseGet(() -> engine.load(name, optimized.graph().substitute(sizes), arguments, use, context));
        String suffix = symbols.isEmpty() ? "" : "" + new TreeMap<>(symbols);
        loaded.requestPlan().ifPresent(plan -> compiler.listener().onPlan(name + ".request" + suffix, plan));
        compiler.listener().onPlan(name + suffix, loaded.plan());
        return loaded;
    }

    /** What was recorded, unchanged by passes. */
    Tracer.Trace trace() {
        return trace;
    }

    synchronized Explanation.CompiledGraphInfo explain() {
        List<Explanation.Sizes> sizes = new ArrayList<>();
        programs.forEach((symbols, program) ->
                sizes.add(new Explanation.Sizes(new TreeMap<>(symbols), program.plan(), program.requestPlan())));
        return new Explanation.CompiledGraphInfo(
                name,
                guards.lines(),
                trace.assumptions(),
                optimized.graph(),
                optimized.cache(),
                optimized.result().steps(),
                optimized.result().programs(),
                sizes);
    }

    @Override
    public synchronized void close() {
        programs.values().forEach(LoadedProgram::close);
        programs.clear();
    }
}
