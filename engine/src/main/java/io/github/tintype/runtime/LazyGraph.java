package io.github.tintype.runtime;

import io.github.tintype.graph.Graph;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.Op;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * A graph recorded outside of a program, with its values, constants and numbers taken out: two that do the same to different data have
 * equal {@link #key}s and share a plan.
 *
 * @param inputs what was taken out, in the order of the graph's inputs
 */
record LazyGraph(Graph graph, Key key, List<LeafOp> inputs) {
    /** The structure: for each node its op and the positions of its inputs. */
    record Key(List<Op> ops, List<List<Integer>> edges, List<Integer> outputs) {}

    static LazyGraph of(List<Node> outputs) {
        IdentityHashMap<Node, Node> replaced = new IdentityHashMap<>();
        IdentityHashMap<Node, Integer> positions = new IdentityHashMap<>();
        List<Op> ops = new ArrayList<>();
        List<List<Integer>> edges = new ArrayList<>();
        List<LeafOp> inputs = new ArrayList<>();
        for (Node node : Graph.of(outputs).nodes()) {
            Optional<LeafOp> data = data(node);
            Op op = data.isPresent() ? new LeafOp.Input(inputs.size(), node.type()) : node.op();
            data.ifPresent(inputs::add);
            replaced.put(
                    node,
                    Node.of(
                            node.scope(),
                            op,
                            node.inputs().stream().map(replaced::get).toList()));
            positions.put(node, ops.size());
            ops.add(op);
            edges.add(node.inputs().stream().map(positions::get).toList());
        }
        Graph graph = Graph.of(outputs.stream().map(replaced::get).toList());
        Key key = new Key(ops, edges, outputs.stream().map(positions::get).toList());
        return new LazyGraph(graph, key, inputs);
    }

    private static Optional<LeafOp> data(Node node) {
        return switch (node.op()) {
            case LeafOp.Value value -> Optional.of(value);
            case LeafOp.Constant constant -> Optional.of(constant);
            case LeafOp.Scalar scalar -> Optional.of(scalar);
            default -> Optional.empty();
        };
    }

    List<TensorType> inputTypes() {
        return inputs.stream().map(LeafOp::type).toList();
    }

    /** Values as they are, constants and numbers by {@code upload}. */
    List<DeviceBuffer> buffers(Function<HostTensor, DeviceBuffer> upload) {
        return inputs.stream()
                .map(input -> switch (input) {
                    case LeafOp.Value(LeafOp.Buffer buffer) -> (DeviceBuffer) buffer;
                    case LeafOp.Constant(HostTensor tensor) -> upload.apply(tensor);
                    case LeafOp.Scalar scalar -> upload.apply(number(scalar));
                    default -> throw new IllegalStateException("no data: " + input);
                })
                .toList();
    }

    private static HostTensor number(LeafOp.Scalar scalar) {
        HostTensor number = HostTensor.allocate(scalar.type());
        number.setDouble(0, scalar.value());
        return number;
    }
}
