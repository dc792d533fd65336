package io.github.tintype.capture;

import io.github.tintype.compile.Optimizer;
import io.github.tintype.compile.PassListener;
import io.github.tintype.compile.RegionPolicy;
import io.github.tintype.compile.RequestSplit;
import io.github.tintype.graph.Graph;
import io.github.tintype.runtime.Engine;
import io.github.tintype.runtime.PreparationListener.Stage;
import io.github.tintype.runtime.RunContext;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.Tree;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/** Compiles functions and modules for an engine. */
public final class Compiler {
    private final Engine engine;
    private final CompileListener listener;

    public Compiler(Engine engine, CompileListener listener) {
        this.engine = engine;
        this.listener = listener;
    }

    /** The engine that runs what is compiled. */
    public Engine engine() {
        return engine;
    }

    CompileListener listener() {
        return listener;
    }

    /**
     * A function that does what {@code function} does, compiled when it is called. It shares the weights of whatever the function
     * closes over. Argument and result are tensors, or records, lists and optionals of them, see {@link io.github.tintype.trace.Tree}.
     *
     * @param name for reports, dumps and profiles, e.g. {@code vae.decode}
     */
    public <A, R> Compiled<A, R> compile(String name, Function<A, R> function, CompileOptions options) {
        return new Compiled<>(name, this, function, options);
    }

    /** As {@link #compile(String, Function, CompileOptions)}, for a module; calls inside of another recording are part of it. */
    public <A, R> Compiled<A, R> compile(Module.Of1<A, R> module, CompileOptions options) {
        return compile(
                module.path().isEmpty() ? module.getClass().getSimpleName() : module.path(), module::call, options);
    }

    /**
     * Regional compilation: only the blocks that the model repeats are compiled, each distinct one once; the rest runs as recorded. Source:
     * diffusers' {@code compile_repeated_blocks}.
     *
     * @throws CompileException if the model declares no {@link Module#repeatedBlocks}; when it is called, if it has none of them
     */
    public <A, R> Compiled<A, R> compileRepeatedBlocks(Module.Of1<A, R> module, CompileOptions options) {
        if (module.repeatedBlocks().isEmpty()) {
            throw new CompileException(
                    "%s: `repeatedBlocks` is empty: regional compilation wants the names of the model's block classes"
                            .formatted(module.getClass().getSimpleName()));
        }
        return compile(module, options.withRepeatedBlocks(module.repeatedBlocks()));
    }

    /** Compiles the modules of lists, equal ones once, and every other part on its own. Source: accelerate's {@code compile_regions}. */
    public <A, R> Compiled<A, R> compileRegions(Module.Of1<A, R> module, CompileOptions options) {
        return compile(module, options.withRegions(new RegionPolicy.ModuleLists()));
    }

    /**
     * The graph after the passes: from the device's cache if it is there and nobody follows the passes.
     *
     * @param function whose graph it is
     * @param name of the graph, for reports
     * @throws java.util.concurrent.CancellationException if the context asks to stop
     */
    Optimized optimize(String function, String name, Graph graph, CompileOptions options, RunContext context) {
        listener.onTrace(name, graph);
        if (options.backend() == Backend.EAGER) {
            return new Optimized(new Optimizer.Result(graph, List.of(), List.of()), Optional.empty());
        }
        Supplier<Optimizer.Result> passes = () -> passes(name, graph, options, context);
        return listener.followsPasses()
                ? new Optimized(passes.get(), Optional.empty())
                : KeptGraphs.optimize(function, graph, options, engine.device(), passes);
    }

    private Optimizer.Result passes(String name, Graph graph, CompileOptions options, RunContext context) {
        try {
            return Optimizer.optimize(
                    graph, options.regions(), options.effectiveFlags(), engine.device(), new Passing(name, context));
        } catch (IllegalArgumentException e) {
            throw new CompileException(name + ": " + e.getMessage(), e);
        }
    }

    /* Tells listener and caller, and lets the caller stop between two programs. */
    private final class Passing implements PassListener {
        private final String name;
        private final RunContext context;

        Passing(String name, RunContext context) {
            this.name = name;
            this.context = context;
        }

        @Override
        public void onPass(String pass, Graph before, Graph after) {
            listener.onPass(name, pass, before, after);
        }

        @Override
        public void onProgram(int done, int total) {
            context.cancellation().check();
            context.preparation().onPreparation(name, Stage.PASSES, done, total);
        }
    }

    /** An optimised graph with what belongs to a request taken out, if the options name arguments for that and it is worth it. */
    Optional<RequestSplit> split(String name, Graph graph, Tree.Flat arguments, CompileOptions options) {
        if (options.backend() == Backend.EAGER || options.requestArguments().isEmpty()) {
            return Optional.empty();
        }
        Set<Integer> constant = RequestArguments.indices(name, options.requestArguments(), arguments);
        Optional<RequestSplit> split =
                RequestSplit.of(graph, arguments.tensors().size(), constant);
        split.ifPresent(stages -> {
            listener.onPass(name + ".request", "request_split", graph, stages.request());
            listener.onPass(name, "request_split", graph, stages.step());
        });
        return split;
    }
}
