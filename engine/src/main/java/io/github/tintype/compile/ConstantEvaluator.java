package io.github.tintype.compile;

import io.github.tintype.device.Device;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.Operand;
import io.github.tintype.device.SegmentArguments;
import io.github.tintype.graph.CompositeOp;
import io.github.tintype.graph.Graph;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.PrimitiveOp;
import io.github.tintype.graph.Scope;
import io.github.tintype.reference.ReferenceDevice;
import io.github.tintype.tensor.DeviceException;
import io.github.tintype.tensor.HostTensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** Values of nodes while compiling, by the reference device: no other may differ from what it defines. */
final class ConstantEvaluator {
    private static final Device REFERENCE = new ReferenceDevice();

    private ConstantEvaluator() {}

    /** What a leaf holds; none for arguments and weights. */
    static Optional<HostTensor> leaf(LeafOp leaf) {
        return switch (leaf) {
            case LeafOp.Constant(HostTensor value) -> Optional.of(value);
            case LeafOp.Scalar scalar -> {
                HostTensor value = HostTensor.allocate(scalar.type());
                value.setDouble(0, scalar.value());
                yield Optional.of(value);
            }
            case LeafOp.Input _, LeafOp.Parameter _, LeafOp.Value _ -> Optional.empty();
        };
    }

    /** {@code node} where its inputs have these values; none if the operation fails, as it will when it runs. */
    static Optional<HostTensor> evaluate(Node node, List<HostTensor> inputs) {
        try {
            return Optional.of(compute(node, inputs));
        } catch (DeviceException failsWhenItRuns) {
            return Optional.empty();
        }
    }

    private static HostTensor compute(Node node, List<HostTensor> inputs) {
        return switch (node.op()) {
            case CompositeOp composite -> decomposed(composite, inputs);
            case PrimitiveOp primitive -> compute(primitive, inputs, node);
            case LeafOp leaf -> leaf(leaf).orElseThrow(() -> new IllegalStateException("no constant: " + leaf));
        };
    }

    private static HostTensor decomposed(CompositeOp composite, List<HostTensor> inputs) {
        IdentityHashMap<Node, HostTensor> values = new IdentityHashMap<>();
        Node result = composite.decompose(inputs.stream()
                .map(value -> Node.of(Scope.NONE, new LeafOp.Constant(value), List.of()))
                .toList());
        for (Node each : Graph.of(List.of(result)).nodes()) {
            values.put(
                    each,
                    compute(
                            each,
                            each.inputs().stream()
                                    .map(input -> Objects.requireNonNull(values.get(input)))
                                    .toList()));
        }
        return Objects.requireNonNull(values.get(result));
    }

    private static HostTensor compute(PrimitiveOp primitive, List<HostTensor> inputs, Node node) {
        List<Operand> operands = new ArrayList<>();
        for (HostTensor input : inputs) {
            operands.add(new Operand(input.type(), Layout.contiguous(input.shape()), false));
        }
        Lowering lowering = REFERENCE.lower(primitive, operands, node.type());
        HostTensor result = HostTensor.allocate(node.type());
        // Kernels read native memory; a constant may lie in an array.
        List<MemorySegment> segments = new ArrayList<>();
        for (HostTensor input : inputs) {
            segments.add(input.data().isNative() ? input.data() : copy(input));
        }
        lowering.kernel().run(new SegmentArguments(segments, result.data()));
        return result;
    }

    private static MemorySegment copy(HostTensor value) {
        return HostTensor.allocate(value.type()).data().copyFrom(value.data());
    }
}
