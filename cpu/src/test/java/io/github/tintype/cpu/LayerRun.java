package io.github.tintype.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.device.Effort;
import io.github.tintype.graph.Graph;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.Op;
import io.github.tintype.graph.Scope;
import io.github.tintype.runtime.Engine;
import io.github.tintype.runtime.LoadedProgram;
import io.github.tintype.runtime.ProgramUse;
import io.github.tintype.runtime.RunContext;
import io.github.tintype.runtime.SlabUse;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.DenseWeight;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;

/** Runs a graph of one layer in F32: x, its weight and bias, and what is added. */
final class LayerRun {
    private LayerRun() {}

    /** Normal numbers times {@code scale}. */
    static HostTensor drawn(Random random, double scale, long... sizes) {
        HostTensor drawn = HostTensor.allocate(TensorType.of(DType.F32, sizes));
        for (long i = 0; i < drawn.elements(); i++) {
            drawn.setDouble(i, random.nextGaussian() * scale);
        }
        return drawn;
    }

    /**
     * The op on x, constants, and what is added.
     *
     * @param inputs x, and what is added if anything is
     * @param bias at most one
     */
    static Graph graph(Op op, List<HostTensor> inputs, HostTensor weight, List<HostTensor> bias) {
        List<Node> nodes = new ArrayList<>();
        nodes.add(leaf(new LeafOp.Input(0, inputs.getFirst().type())));
        nodes.add(leaf(new LeafOp.Parameter(new DenseWeight("w", DType.F32, weight))));
        bias.forEach(values -> nodes.add(leaf(new LeafOp.Parameter(new DenseWeight("b", DType.F32, values)))));
        if (inputs.size() == 2) {
            nodes.add(leaf(new LeafOp.Input(1, inputs.get(1).type())));
        }
        return Graph.of(List.of(Node.of(Scope.NONE, op, nodes)));
    }

    private static Node leaf(LeafOp op) {
        return Node.of(Scope.NONE, op, List.of());
    }

    /** The results; one of the calls must be by an implementation of such a name. */
    static float[] run(
            Engine engine, Graph graph, List<HostTensor> inputs, Effort effort, Predicate<String> implementation) {
        List<TensorType> types = inputs.stream().map(HostTensor::type).toList();
        ProgramUse use = new ProgramUse(effort, SlabUse.SHARED);
        try (LoadedProgram program = engine.load("layer", graph, types, use, RunContext.none())) {
            assertThat(program.plan().calls()).anyMatch(call -> implementation.test(call.implementation()));
            return program.run(inputs.stream().map(engine::tensor).toList(), RunContext.none())
                    .getFirst()
                    .toHost()
                    .toFloats();
        }
    }

    /** Likewise by one whose name has {@code implementation} in it. */
    static float[] run(Engine engine, Graph graph, List<HostTensor> inputs, Effort effort, String implementation) {
        return run(engine, graph, inputs, effort, name -> name.contains(implementation));
    }
}
