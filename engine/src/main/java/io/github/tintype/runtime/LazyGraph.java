package io.github.tintype.runtime;

import io.github.tintype.graph.Graph;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.Op;
import io.github.tintype.graph.Scope;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A graph recorded outside of a program, with its values, constants and numbers taken out: two that do the same to different data have
 * equal {@link #key}s and share a plan.
 */
record LazyGraph(Graph graph, Key key, List<LeafOp> inputs, List<Double> numbers) {
    /** The structure: for each node its op and the positions of its inputs. */
    record Key(List<Op> ops, List<List<Integer>> edges, List<Integer> outputs) {}

    static LazyGraph of(List<Node> outputs) {
        Graph recorded = Graph.of(outputs);
        IdentityHashMap<Node, Node> replaced = new IdentityHashMap<>();
        IdentityHashMap<Node, Integer> positions = new IdentityHashMap<>();
        List<Op> ops = new ArrayList<>();
        List<List<Integer>> edges = new ArrayList<>();
        List<LeafOp> inputs = new ArrayList<>();
        List<Double> numbers = new ArrayList<>();
        for (Node node : recorded.nodes()) {
            Optional<LeafOp> data = data(node);
            Op op = data.isPresent() ? new LeafOp.Input(inputs.size(), node.type()) : node.op();
            data.ifPresent(inputs::add);
            number(node).ifPresent(numbers::add);
            List<Node> from = node.inputs().stream().map(replaced::get).toList();
            boolean same = data.isEmpty() && from.equals(node.inputs());
            replaced.put(node, same ? node : Node.of(Scope.NONE, op, from));
            positions.put(node, ops.size());
            ops.add(op instanceof LeafOp.Scalar(double _, var dtype) ? new LeafOp.Scalar(0, dtype) : op);
            edges.add(node.inputs().stream().map(positions::get).toList());
        }
        Graph graph = Graph.of(outputs.stream().map(replaced::get).toList());
        return new LazyGraph(
                graph, new Key(ops, edges, outputs.stream().map(positions::get).toList()), inputs, numbers);
    }

    private static Optional<LeafOp> data(Node node) {
        return switch (node.op()) {
            case LeafOp.Value value -> Optional.of(value);
            case LeafOp.Constant constant -> Optional.of(constant);
            default -> Optional.empty();
        };
    }

    private static OptionalDouble number(Node node) {
        return node.op() instanceof LeafOp.Scalar(double value, var _)
                ? OptionalDouble.of(value)
                : OptionalDouble.empty();
    }

    List<TensorType> inputTypes() {
        return inputs.stream().map(LeafOp::type).toList();
    }

    /** Values as they are, constants by {@code upload}. */
    List<DeviceBuffer> buffers(java.util.function.Function<HostTensor, DeviceBuffer> upload) {
        return inputs.stream()
                .map(input -> switch (input) {
                    case LeafOp.Value(LeafOp.Buffer buffer) -> (DeviceBuffer) buffer;
                    case LeafOp.Constant(HostTensor tensor) -> upload.apply(tensor);
                    default -> throw new IllegalStateException("no data: " + input);
                })
                .toList();
    }
}
