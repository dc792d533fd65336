package io.github.tintype.capture;

import io.github.tintype.compile.RequestSplit;
import io.github.tintype.device.Effort;
import io.github.tintype.runtime.Engine;
import io.github.tintype.runtime.LoadedProgram;
import io.github.tintype.runtime.PreparationListener.Stage;
import io.github.tintype.runtime.ProgramUse;
import io.github.tintype.runtime.RunContext;
import io.github.tintype.runtime.Stance;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.trace.GraphBreakException;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.Region;
import io.github.tintype.trace.SdpaKernel;
import io.github.tintype.trace.Tensor;
import io.github.tintype.trace.Tree;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * A function that is compiled when it is called: recorded once for each set of {@link Guards}, improved by the graph passes, planned
 * for the sizes of the call. Usable from several threads. Source of the contract: torch.compile.
 *
 * @param <A> the argument: a tensor, or records, lists and optionals of tensors
 * @param <R> the result, likewise
 */
public final class Compiled<A, R> implements Module.Of1<A, R>, AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Compiled.class.getName());

    private final String name;
    private final Compiler compiler;
    private final Function<A, R> function;
    private final CompileOptions options;
    private final ProgramUse use;
    private final List<CompiledGraph> graphs = new ArrayList<>();
    private final List<Explanation.Recompile> recompiles = new ArrayList<>();
    private final Map<Signature, SeenSizes> seen = new HashMap<>();
    private final Segments eager;
    private Optional<Segments> broken = Optional.empty();
    private boolean warned;
    private long calls;
    private long eagerCalls;

    /* What must be equal for sizes to be compared. */
    private record Signature(Tree form, List<DType> dtypes, List<Integer> ranks) {
        static Signature of(Tree form, List<TensorType> types) {
            return new Signature(
                    form,
                    types.stream().map(TensorType::dtype).toList(),
                    types.stream().map(type -> type.shape().rank()).toList());
        }
    }

    /* What serves one call; the program is retained. */
    private record Chosen(LoadedProgram program, Tree output) {}

    /* What a call fits, with the sizes that the graph leaves open. */
    private record Fitting(CompiledGraph graph, Map<String, Long> symbols) {}

    Compiled(String name, Compiler compiler, Function<A, R> function, CompileOptions options) {
        this.name = name;
        this.compiler = compiler;
        this.function = function;
        this.options = options;
        this.use = options.programUse();
        this.eager = new Segments(name + ".eager", compiler, CompileOptions.EAGER, ProgramUse.UNCOMPILED);
    }

    @Override
    public String path() {
        return name;
    }

    /** Runs the compiled function; inside of a recording, which has no values, it records the function itself. */
    @Override
    public R forward(A argument) {
        return call(argument, RunContext.none());
    }

    /* No region of its own: the function may be a module, which has one. */
    @Override
    public R call(A argument) {
        return forward(argument);
    }

    /**
     * Runs the function, compiling it first where nothing compiled fits.
     *
     * @throws CompileException under fullgraph for a graph break or beyond the recompile limit; for what a stance forbids; for a
     *     declared size outside its range
     * @throws io.github.tintype.tensor.ShapeException if the function doesn't take such an argument
     */
    @SuppressWarnings("unchecked") // the trees are those of an R that the function returned
    public R call(A argument, RunContext context) {
        Tree.Flat flat = Tree.flatten(argument);
        if (!flat.tensors().isEmpty() && flat.tensors().stream().noneMatch(Tensor::isReadable)) {
            return function.apply(argument);
        }
        List<Tensor> values = engine().evaluate(flat.tensors(), context);
        List<TensorType> types = values.stream().map(Tensor::type).toList();
        if (context.stance() == Stance.FORCE_EAGER) {
            return (R) runEager(flat.tree(), values, context);
        }
        Optional<Chosen> chosen;
        Optional<Segments> segments;
        synchronized (this) {
            calls++;
            chosen = broken.isPresent() ? Optional.empty() : choose(flat, types, context);
            segments = broken;
        }
        if (segments.isPresent()) {
            return (R) segments.get().run(values, inputs -> function.apply(argument(flat.tree(), inputs)), context);
        }
        if (chosen.isEmpty()) {
            return (R) runEager(flat.tree(), values, context);
        }
        LoadedProgram program = chosen.get().program();
        try {
            return (R) chosen.get().output().rebuild(program.run(values, context));
        } finally {
            program.release();
        }
    }

    /**
     * The memory of a call with an argument of this form and these types, by a plan that is made for that: nothing is kept, bound or run,
     * no weight is read, and the tensors need no values. What would run once for a request is planned as part of it.
     *
     * @throws GraphBreakException if the function reads a value
     */
    public PlannedMemory memory(A argument) {
        Tree.Flat flat = Tree.flatten(argument);
        List<TensorType> types = flat.types();
        Tracer.Trace trace = Tracer.trace(
                inputs -> function.apply(argument(flat.tree(), inputs)), SymbolicArguments.fixed(flat.paths(), types));
        Optimized optimized = compiler.optimize(name, name + ".memory", trace.graph(), options, RunContext.none());
        return PlannedMemory.of(engine().plan(name + ".memory", optimized.graph(), types, use, RunContext.none()));
    }

    /**
     * Compiles for arguments of this form and these types as {@link #call(Object, RunContext)} would, up to the plan: nothing is bound or run, no weight is
     * read, and the tensors need no values. What comes of it is in the device's cache.
     *
     * @throws CompileException under the conditions of a call, and if the function reads a value: such a function is compiled while it runs
     */
    public synchronized Prepared prepare(A argument, RunContext context) {
        Tree.Flat flat = Tree.flatten(argument);
        List<TensorType> types = flat.types();
        return fit(flat, types, context)
                .map(fitting -> new Prepared(fitting.graph().plans(fitting.symbols(), context)))
                .orElseThrow(() -> new CompileException(name + ": it can't be compiled before it is called: "
                        + broken.flatMap(segments -> segments.breaks().stream().findFirst())
                                .map(Explanation.Break::message)
                                .orElse("the recompile limit is reached")));
    }

    /**
     * Does what {@link #call(Object, RunContext)} with an argument of this form and these types does before it runs, if it is not done: records, plans, binds weights. The tensors need no
     * values. A function that reads one is left alone, and so is one whose stance wants it uncompiled.
     *
     * @throws CompileException under the conditions of a call
     * @throws io.github.tintype.tensor.DeviceException if memory is short
     */
    public synchronized void load(A argument, RunContext context) {
        if (broken.isPresent() || context.stance() == Stance.FORCE_EAGER) {
            return;
        }
        Tree.Flat flat = Tree.flatten(argument);
        List<TensorType> types = flat.types();
        fit(flat, types, context)
                .ifPresent(fitting ->
                        fitting.graph().retain(fitting.symbols(), context).release());
    }

    /**
     * Whether it makes no difference to the caller that a program is loaded before others and by another thread: kernels are taken from the library, not chosen by the room that is left or
     * by measuring, and nobody hears of graphs, plans or modules in their order.
     */
    public boolean mayLoadEarly() {
        return use.effort() == Effort.LIBRARY && compiler.listener().hearsNothing() && !Region.isObserved();
    }

    /** The result as a plain list of its tensors, in the order of its components: diffusers' {@code return_dict=False}. */
    public List<Tensor> tuple(A argument, RunContext context) {
        return Tree.flatten(call(argument, context)).tensors();
    }

    /** The same function under the same name, compiled anew with other options. */
    public Compiled<A, R> with(Compiler other, CompileOptions others) {
        return new Compiled<>(name, other, function, others);
    }

    /** Another function under the same name, compiled anew with the same options. */
    public <B, S> Compiled<B, S> with(Function<B, S> other) {
        return new Compiled<>(name, compiler, other, options);
    }

    private Engine engine() {
        return compiler.engine();
    }

    @SuppressWarnings("unchecked") // the tree is that of an A
    private A argument(Tree form, List<Tensor> tensors) {
        return (A) form.rebuild(tensors);
    }

    /* What fits the call, compiled now if need be; empty if the call has to run uncompiled, or if the graph broke. */
    private Optional<Chosen> choose(Tree.Flat flat, List<TensorType> types, RunContext context) {
        return fit(flat, types, context).map(fitting -> {
            if (context.stance() == Stance.RETRACE_AND_COMPARE) {
                compare(fitting.graph().trace(), flat.tree());
            }
            return new Chosen(
                    fitting.graph().retain(fitting.symbols(), context),
                    fitting.graph().output());
        });
    }

    private Optional<Fitting> fit(Tree.Flat flat, List<TensorType> types, RunContext context) {
        List<String> failed = new ArrayList<>();
        for (CompiledGraph graph : graphs.reversed()) {
            switch (graph.guards().check(flat.tree(), types, SdpaKernel.current())) {
                case Guards.Outcome.Match(Map<String, Long> symbols) -> {
                    return Optional.of(new Fitting(graph, symbols));
                }
                case Guards.Outcome.Mismatch(String guard) -> failed.add(guard);
            }
        }
        SymbolicArguments arguments = symbolic(flat, types);
        if (!graphs.isEmpty() && !mayRecompile(failed.getFirst(), context)) {
            return Optional.empty();
        }
        return compile(flat, types, arguments, failed, context);
    }

    private void compare(Tracer.Trace trace, Tree form) {
        Tracer.Trace again = Tracer.trace(inputs -> function.apply(argument(form, inputs)), trace.arguments());
        String wanted = trace.graph().toString();
        String got = again.graph().toString();
        if (!got.equals(wanted)) {
            throw new CompileException("%s: the function records another graph than the compiled one: %s"
                    .formatted(name, firstDifference(wanted, got)));
        }
    }

    private static String firstDifference(String wanted, String got) {
        List<String> old = wanted.lines().toList();
        List<String> now = got.lines().toList();
        for (int i = 0; i < Math.min(old.size(), now.size()); i++) {
            if (!old.get(i).equals(now.get(i))) {
                return "got \"%s\", compiled \"%s\"".formatted(now.get(i), old.get(i));
            }
        }
        return "got %d nodes, compiled %d".formatted(now.size() - 1, old.size() - 1);
    }

    private boolean mayRecompile(String guard, RunContext context) {
        if (context.stance() == Stance.EAGER_ON_RECOMPILE) {
            return false;
        }
        if (context.stance() == Stance.FAIL_ON_RECOMPILE) {
            throw new CompileException("%s: the stance forbids to recompile: %s".formatted(name, guard));
        }
        if (graphs.size() < options.recompileLimit()) {
            return true;
        }
        String message =
                "%s: the recompile limit of %d is reached: %s".formatted(name, options.recompileLimit(), guard);
        if (options.fullgraph()) {
            throw new CompileException(message + ": raise the limit, or let that size be dynamic");
        }
        if (!warned) {
            warned = true;
            LOG.log(System.Logger.Level.WARNING, message + ": calls that fit no graph run uncompiled from now on");
        }
        return false;
    }

    private SymbolicArguments symbolic(Tree.Flat flat, List<TensorType> types) {
        SeenSizes sizes = seen.computeIfAbsent(Signature.of(flat.tree(), types), _ -> new SeenSizes(types));
        sizes.add(types);
        try {
            return SymbolicArguments.of(options, flat.paths(), types, sizes);
        } catch (CompileException e) {
            throw new CompileException(name + ": " + e.getMessage(), e);
        }
    }

    private Optional<Fitting> compile(
            Tree.Flat flat,
            List<TensorType> types,
            SymbolicArguments arguments,
            List<String> failed,
            RunContext context) {
        String graphName = "%s.%d".formatted(name, graphs.size());
        Tracer.Trace trace;
        context.preparation().onPreparation(graphName, Stage.TRACE, 0, 1);
        try {
            trace = Tracer.trace(inputs -> function.apply(argument(flat.tree(), inputs)), arguments);
            context.preparation().onPreparation(graphName, Stage.TRACE, 1, 1);
        } catch (GraphBreakException e) {
            breakGraph(e);
            return Optional.empty();
        }
        Guards guards = new Guards(flat.tree(), trace.arguments(), trace.attention());
        Optimized optimized = compiler.optimize(name, graphName, trace.graph(), options, context);
        Optional<RequestSplit> split = compiler.split(graphName, optimized.graph(), flat, options);
        CompiledGraph graph = new CompiledGraph(graphName, compiler, use, guards, trace, optimized, split);
        if (!graphs.isEmpty()) {
            recompiles.add(new Explanation.Recompile(graphName, failed));
        }
        graphs.add(graph);
        return switch (guards.check(flat.tree(), types, SdpaKernel.current())) {
            case Guards.Outcome.Match(Map<String, Long> symbols) -> Optional.of(new Fitting(graph, symbols));
            case Guards.Outcome.Mismatch(String guard) ->
                throw new IllegalStateException(
                        "%s: compiled for a call that fails its guard %s".formatted(graphName, guard));
        };
    }

    private void breakGraph(GraphBreakException e) {
        if (options.fullgraph()) {
            throw new CompileException("%s: fullgraph: %s".formatted(name, e.getMessage()), e);
        }
        broken = Optional.of(new Segments(name, compiler, options, use));
    }

    private Object runEager(Tree form, List<Tensor> values, RunContext context) {
        synchronized (this) {
            eagerCalls++;
        }
        return eager.run(values, inputs -> function.apply(argument(form, inputs)), context);
    }

    /** What compiling has come to so far. */
    public synchronized Explanation explain() {
        List<Explanation.CompiledGraphInfo> infos = new ArrayList<>();
        graphs.forEach(graph -> infos.add(graph.explain()));
        broken.ifPresent(segments -> infos.addAll(segments.explain()));
        return new Explanation(
                name, infos, broken.map(Segments::breaks).orElse(List.of()), recompiles, calls, eagerCalls);
    }

    /** Waits for running calls, then frees what was compiled. */
    @Override
    public synchronized void close() {
        graphs.forEach(CompiledGraph::close);
        graphs.clear();
        broken.ifPresent(Segments::close);
        broken = Optional.empty();
        eager.close();
    }
}
