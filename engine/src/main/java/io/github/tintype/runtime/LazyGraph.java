package io.github.tintype.runtime;

import io.github.tintype.graph.Graph;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.Op;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.trace.Tensor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * A graph recorded outside of a program, with its values, constants and numbers taken out: two that do the same to different data have
 * equal {@link #key}s and share a plan.
 *
 * @param inputs what was taken out, in the order of the graph's inputs
 * @param recorded the nodes as they were recorded, in the order of the key's ops
 * @param structural what stands for each of them in {@code graph}
 */
public record LazyGraph(Graph graph, Key key, List<LeafOp> inputs, List<Node> recorded, List<Node> structural) {
    public LazyGraph {
        inputs = List.copyOf(inputs);
        recorded = List.copyOf(recorded);
        structural = List.copyOf(structural);
    }

    /** The structure: for each node its op and the positions of its inputs. */
    public record Key(List<Op> ops, List<List<Integer>> edges, List<Integer> outputs) {
        public Key {
            ops = List.copyOf(ops);
            edges = List.copyOf(edges);
            outputs = List.copyOf(outputs);
        }
    }

    static LazyGraph of(List<Node> outputs) {
        return of(outputs, Map.of());
    }

    /** @param known values of recorded nodes that have been computed already */
    public static LazyGraph of(List<Node> outputs, Map<Node, LeafOp.Value> known) {
        IdentityHashMap<Node, Node> replaced = new IdentityHashMap<>();
        IdentityHashMap<Node, Integer> positions = new IdentityHashMap<>();
        List<Op> ops = new ArrayList<>();
        List<List<Integer>> edges = new ArrayList<>();
        List<LeafOp> inputs = new ArrayList<>();
        List<Node> recorded = Graph.of(outputs, known::containsKey).nodes();
        for (Node node : recorded) {
            Optional<LeafOp> data = Optional.<LeafOp>ofNullable(known.get(node)).or(() -> data(node));
            List<Node> reads = data.isPresent() ? List.of() : node.inputs();
            Op op = data.isPresent() ? new LeafOp.Input(inputs.size(), node.type()) : node.op();
            data.ifPresent(inputs::add);
            replaced.put(
                    node,
                    Node.of(node.scope(), op, reads.stream().map(replaced::get).toList()));
            positions.put(node, ops.size());
            ops.add(op);
            edges.add(reads.stream().map(positions::get).toList());
        }
        Graph graph = Graph.of(outputs.stream().map(replaced::get).toList());
        Key key = new Key(ops, edges, outputs.stream().map(positions::get).toList());
        return new LazyGraph(
                graph,
                key,
                inputs,
                recorded,
                recorded.stream().map(replaced::get).toList());
    }

    private static Optional<LeafOp> data(Node node) {
        return switch (node.op()) {
            case LeafOp.Value value -> Optional.of(value);
            case LeafOp.Constant constant -> Optional.of(constant);
            case LeafOp.Scalar scalar -> Optional.of(scalar);
            default -> Optional.empty();
        };
    }

    /** The types of what was taken out. */
    public List<TensorType> inputTypes() {
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

    /** What was taken out, as tensors of {@code engine}. */
    public List<Tensor> arguments(Engine engine) {
        return inputs.stream()
                .map(input -> switch (input) {
                    case LeafOp.Value value -> engine.over(value);
                    case LeafOp.Constant(HostTensor tensor) -> engine.tensor(tensor);
                    case LeafOp.Scalar scalar -> engine.tensor(number(scalar));
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
