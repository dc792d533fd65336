package io.github.tintype.runtime;

import io.github.tintype.compile.Plan;
import io.github.tintype.graph.Graph;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.Scope;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.trace.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * A forward that is traced once for each list of argument types, planned, and run with weights bound. Usable from several threads.
 * What steers Java control flow inside the forward must be the same at each call: it is traced, not called again.
 */
public final class Program implements AutoCloseable {
    private final String name;
    private final Engine engine;
    private final UnaryOperator<List<Tensor>> forward;
    private final Map<List<TensorType>, LoadedProgram> programs = new HashMap<>();

    Program(String name, Engine engine, UnaryOperator<List<Tensor>> forward) {
        this.name = name;
        this.engine = engine;
        this.forward = forward;
    }

    /** The graph for arguments of these types, whose sizes may be symbolic. */
    public Graph trace(List<TensorType> arguments) {
        return trace(arguments, forward);
    }

    /** The graph that {@code forward} records for arguments of these types, whose sizes may be symbolic. */
    public static Graph trace(List<TensorType> arguments, UnaryOperator<List<Tensor>> forward) {
        List<Tensor> inputs = new ArrayList<>();
        for (int i = 0; i < arguments.size(); i++) {
            Node node = Node.of(Scope.NONE, new LeafOp.Input(i, arguments.get(i)), List.of());
            inputs.add(Tensor.over(node, Optional.empty()));
        }
        return Graph.of(forward.apply(inputs).stream().map(Tensor::node).toList());
    }

    /** Traces, plans and binds for arguments of these types, unless that is done. */
    public Plan prepare(List<TensorType> arguments, RunContext context) {
        return loaded(arguments, context).plan();
    }

    private synchronized LoadedProgram loaded(List<TensorType> arguments, RunContext context) {
        LoadedProgram known = programs.get(arguments);
        if (known != null) {
            return known;
        }
        LoadedProgram loaded = engine.load(name, trace(arguments), arguments, ProgramUse.UNCOMPILED, context);
        programs.put(arguments, loaded);
        return loaded;
    }

    /**
     * Computes the forward.
     *
     * @param arguments tensors of this engine; those not computed yet are computed first
     * @return the results, computed
     * @throws java.util.concurrent.CancellationException if the context asks to stop
     * @throws io.github.tintype.tensor.DeviceException if a kernel fails or memory is short
     */
    public List<Tensor> run(List<Tensor> arguments, RunContext context) {
        List<Tensor> computed = engine.evaluate(arguments, context);
        return loaded(computed.stream().map(Tensor::type).toList(), context).run(computed, context);
    }

    /** Waits for running calls, then frees the weights that no other program uses. */
    @Override
    public synchronized void close() {
        programs.values().forEach(LoadedProgram::close);
        programs.clear();
    }
}
