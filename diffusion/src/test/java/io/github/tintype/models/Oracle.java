package io.github.tintype.models;

import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.Operand;
import io.github.tintype.device.SegmentArguments;
import io.github.tintype.graph.CompositeOp;
import io.github.tintype.graph.Graph;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.PrimitiveOp;
import io.github.tintype.reference.ReferenceDevice;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.tensor.Weight;
import io.github.tintype.trace.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** Computes recorded tensors node by node on the reference device, with composite ops decomposed and no planner in between. */
public final class Oracle {
    private final ReferenceDevice device = new ReferenceDevice();
    private final IdentityHashMap<Node, HostTensor> known = new IdentityHashMap<>();

    /** An argument of known type, for tracing. */
    public static Tensor input(int index, TensorType type) {
        Node node = Tensor.full(TensorType.of(type.dtype(), 1), 0).node();
        return Tensor.over(Node.of(node.scope(), new LeafOp.Input(index, type), List.of()), Optional.empty());
    }

    public HostTensor read(Tensor tensor) {
        return compute(tensor.node());
    }

    private HostTensor compute(Node root) {
        for (Node node : Graph.of(List.of(root)).nodes()) {
            if (!known.containsKey(node)) {
                known.put(node, one(node));
            }
        }
        return Objects.requireNonNull(known.get(root));
    }

    private HostTensor one(Node node) {
        return switch (node.op()) {
            case LeafOp.Constant(HostTensor value) -> value;
            case LeafOp.Scalar scalar -> {
                HostTensor host = HostTensor.allocate(node.type());
                host.setDouble(0, scalar.value());
                yield host;
            }
            case LeafOp.Parameter(Weight weight) ->
                weight.source(Arena.ofAuto()).to(weight.type().dtype());
            case LeafOp leaf -> throw new IllegalStateException("oracle: got " + leaf.name());
            case CompositeOp composite -> compute(composite.decompose(node.inputs()));
            case PrimitiveOp primitive -> run(primitive, node);
        };
    }

    private HostTensor run(PrimitiveOp op, Node node) {
        List<Operand> operands = node.inputs().stream()
                .map(input -> new Operand(input.type(), Layout.contiguous(input.shape()), false))
                .toList();
        Lowering lowering = device.lower(op, operands, node.type());
        HostTensor output = HostTensor.allocate(node.type());
        List<MemorySegment> inputs = node.inputs().stream()
                .map(input -> Objects.requireNonNull(known.get(input)).data())
                .toList();
        lowering.kernel().run(new SegmentArguments(inputs, output.data()));
        return output;
    }
}
