package io.github.tintype.compile;

import static java.util.stream.Collectors.joining;

import io.github.tintype.graph.Graph;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.Node;
import io.github.tintype.reference.ReferenceDevice;
import io.github.tintype.runtime.Engine;
import io.github.tintype.runtime.Program;
import io.github.tintype.runtime.RunContext;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.trace.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Graphs recorded by Java code, as short text, and run. */
final class Traces {
    private Traces() {}

    static Graph trace(List<TensorType> arguments, UnaryOperator<List<Tensor>> forward) {
        return Program.trace(arguments, forward);
    }

    /** Pleasant values, the same each time. */
    static HostTensor values(TensorType type) {
        HostTensor values = HostTensor.allocate(type);
        for (int i = 0; i < values.elements(); i++) {
            values.setDouble(i, Math.sin(1 + i));
        }
        return values;
    }

    /** The results of a graph of fixed sizes, by its plan on the reference device. */
    static List<HostTensor> run(Graph graph, List<HostTensor> arguments) {
        try (Engine engine = Engine.on(new ReferenceDevice());
                Program program = engine.program(
                        "graph",
                        _ -> graph.outputs().stream()
                                .map(node -> Tensor.over(node, Optional.empty()))
                                .toList())) {
            List<Tensor> tensors = arguments.stream().map(engine::tensor).toList();
            return program.run(tensors, RunContext.none()).stream()
                    .map(Tensor::toHost)
                    .toList();
        }
    }

    /** One line for each node that is no leaf: {@code %0 = linear(in0, q): f32[2,4]}. */
    static String text(Graph graph) {
        Map<Node, String> names = new HashMap<>();
        StringBuilder text = new StringBuilder();
        int count = 0;
        for (Node node : graph.nodes()) {
            String name = switch (node.op()) {
                case LeafOp.Input input -> "in" + input.index();
                case LeafOp.Parameter parameter -> parameter.weight().name();
                case LeafOp.Scalar scalar -> Double.toString(scalar.value());
                case LeafOp leaf -> leaf.name();
                default -> "%" + count++;
            };
            names.put(node, name);
            if (!(node.op() instanceof LeafOp)) {
                String inputs = node.inputs().stream().map(names::get).collect(joining(", "));
                text.append("%s = %s(%s): %s\n".formatted(name, node.op().name(), inputs, node.type()));
            }
        }
        return text.append("return ")
                .append(graph.outputs().stream().map(names::get).collect(joining(", ")))
                .append('\n')
                .toString();
    }
}
