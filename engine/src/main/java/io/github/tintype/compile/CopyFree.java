package io.github.tintype.compile;

import io.github.tintype.device.Device;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Operand;
import io.github.tintype.graph.CompositeOp;
import io.github.tintype.graph.ExpandOp;
import io.github.tintype.graph.Graph;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.PermuteOp;
import io.github.tintype.graph.ReshapeOp;
import io.github.tintype.graph.Scope;
import io.github.tintype.graph.SliceOp;
import io.github.tintype.graph.UpsampleNearestOp;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Whether a device's kernels take a value as it would lie in memory, or the planner would have to copy it first. */
final class CopyFree {
    private final Device device;
    private final Readers readers;

    CopyFree(Device device, Graph graph) {
        this.device = device;
        this.readers = new Readers(graph);
    }

    /** Whether all that reads {@code value}, laid out as {@code layout} in {@link TrySizes}, does so without a copy. A result is copied. */
    boolean takes(Node value, Layout layout) {
        return !readers.isOutput(value) && readers.of(value).stream().allMatch(reader -> takes(reader, value, layout));
    }

    private boolean takes(Node reader, Node value, Layout layout) {
        Shape from = TrySizes.of(value.shape());
        Shape to = TrySizes.of(reader.shape());
        return switch (reader.op()) {
            case PermuteOp(List<Integer> order) -> takes(reader, layout.permute(order));
            case ExpandOp _ -> takes(reader, layout.expand(from, to));
            case SliceOp _ -> takes(reader, layout);
            case ReshapeOp _ -> {
                Optional<Layout> view = Views.reshape(from, layout, to);
                yield view.isPresent() && takes(reader, view.get());
            }
            default -> kernelTakes(reader, value, layout);
        };
    }

    private boolean kernelTakes(Node reader, Node value, Layout layout) {
        List<TensorType> types =
                reader.inputs().stream().map(input -> TrySizes.of(input.type())).toList();
        TensorType output = TrySizes.of(reader.type());
        if (reader.op() instanceof RegionOp) {
            return false; // what reads it in there is not for this graph to know
        }
        boolean symbolic =
                reader.op() instanceof UpsampleNearestOp && !reader.shape().isFixed();
        if (symbolic) {
            return false; // the op itself names the symbols: nothing to ask a device
        }
        if (!device.supports(reader.op(), types, output)) {
            // A primitive that the device lacks is the reference device's, which walks any layout.
            return !(reader.op() instanceof CompositeOp composite)
                    || decomposedTakes(composite, types, reader, value, layout);
        }
        List<Operand> operands = new ArrayList<>();
        for (int i = 0; i < types.size(); i++) {
            Node input = reader.inputs().get(i);
            Layout lies =
                    input == value ? layout : Layout.contiguous(types.get(i).shape());
            operands.add(new Operand(types.get(i), lies, input.op() instanceof LeafOp.Parameter));
        }
        List<Layout> wanted = device.inputLayouts(reader.op(), operands, output);
        return IntStream.range(0, types.size())
                .filter(i -> reader.inputs().get(i) == value)
                .allMatch(i -> wanted.get(i).sameAs(layout, types.get(i).shape()));
    }

    private boolean decomposedTakes(CompositeOp op, List<TensorType> types, Node reader, Node value, Layout layout) {
        List<Node> inputs = IntStream.range(0, types.size())
                .mapToObj(i -> Node.of(Scope.NONE, new LeafOp.Input(i, types.get(i)), List.of()))
                .toList();
        CopyFree inside = new CopyFree(device, Graph.of(List.of(op.decompose(inputs))));
        return IntStream.range(0, types.size())
                .filter(i -> reader.inputs().get(i) == value)
                .allMatch(i -> inside.takes(inputs.get(i), layout));
    }
}
