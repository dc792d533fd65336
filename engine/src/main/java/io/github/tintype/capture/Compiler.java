package io.github.tintype.capture;

import io.github.tintype.compile.Optimizer;
import io.github.tintype.graph.Graph;
import io.github.tintype.runtime.Engine;
import io.github.tintype.trace.Module;
import java.util.List;
import java.util.function.Function;

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

    /** The graph after the passes, as compiling makes it. */
    Optimizer.Result optimize(String name, Graph graph, CompileOptions options) {
        listener.onTrace(name, graph);
        if (options.backend() == Backend.EAGER) {
            return new Optimizer.Result(graph, List.of());
        }
        return Optimizer.optimize(
                graph,
                options.effectiveFlags(),
                engine.device(),
                (pass, before, after) -> listener.onPass(name, pass, before, after));
    }
}
