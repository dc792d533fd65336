package io.github.tintype.differential;

import io.github.tintype.compile.CompileFlags;
import io.github.tintype.compile.Optimizer;
import io.github.tintype.compile.PassListener;
import io.github.tintype.cpu.CpuDevice;
import io.github.tintype.graph.Graph;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.Node;
import io.github.tintype.runtime.Engine;
import io.github.tintype.runtime.Program;
import io.github.tintype.runtime.RunContext;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.trace.Tensor;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** Runs graphs on the CPU device in three ways. From many threads at once. */
final class Runner implements AutoCloseable {
    private final CpuDevice cpu;
    private final Engine engine;
    private final Engine interpreted;

    Runner(int threads) {
        cpu = CpuDevice.open(threads);
        engine = Engine.on(cpu);
        interpreted = Engine.on(new InterpretedLoops(cpu));
    }

    /** The results of the graph as it is: one kernel for each op, each result stored in its type. */
    List<HostTensor> unfused(Graph graph, List<HostTensor> inputs) {
        return run(engine, graph, inputs);
    }

    /** The graph after all passes. */
    Graph optimized(Graph graph) {
        return Optimizer.optimize(graph, CompileFlags.DEFAULT, cpu, PassListener.NONE)
                .graph();
    }

    /** The results of an optimised graph, its loops compiled. */
    List<HostTensor> compiled(Graph optimized, List<HostTensor> inputs) {
        return run(engine, optimized, inputs);
    }

    /** The results of an optimised graph, its loops interpreted. */
    List<HostTensor> interpreted(Graph optimized, List<HostTensor> inputs) {
        return run(interpreted, optimized, inputs);
    }

    private static List<HostTensor> run(Engine engine, Graph graph, List<HostTensor> inputs) {
        try (Program program = engine.program("graph", in -> over(graph, in))) {
            List<Tensor> arguments = inputs.stream().map(engine::tensor).toList();
            return program.run(arguments, RunContext.none()).stream()
                    .map(Tensor::toHost)
                    .toList();
        }
    }

    private static List<Tensor> over(Graph graph, List<Tensor> inputs) {
        IdentityHashMap<Node, Node> placed = new IdentityHashMap<>();
        for (Node node : graph.nodes()) {
            placed.put(
                    node,
                    node.op() instanceof LeafOp.Input(int index, TensorType _)
                            ? inputs.get(index).node()
                            : node.over(node.inputs().stream()
                                    .map(input -> Objects.requireNonNull(placed.get(input)))
                                    .toList()));
        }
        return graph.outputs().stream()
                .map(output -> Tensor.over(Objects.requireNonNull(placed.get(output)), Optional.empty()))
                .toList();
    }

    @Override
    public void close() {
        interpreted.close();
        engine.close();
    }
}
