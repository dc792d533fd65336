package io.github.tintype.conformance;

import io.github.tintype.device.Device;
import io.github.tintype.device.Layout;
import io.github.tintype.graph.CompositeOp;
import io.github.tintype.graph.Graph;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.Op;
import io.github.tintype.graph.PrimitiveOp;
import io.github.tintype.graph.Scope;
import io.github.tintype.reference.ReferenceDevice;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;

/**
 * What an op should give: composites decomposed until only primitives are left, which the reference device computes. In
 * {@link #inDouble} every float operand is widened to {@link DType#F64} first, so that nothing is rounded in between.
 */
public final class Oracle {
    private static final Device REFERENCE = new ReferenceDevice();

    private Oracle() {}

    /** The result in {@link DType#F64} where it is a float. */
    public static HostTensor inDouble(Op op, List<HostTensor> inputs) {
        return evaluate(op, inputs.stream().map(Oracle::widened).toList());
    }

    private static HostTensor widened(HostTensor value) {
        return value.dtype().isFloat() ? value.to(DType.F64) : value;
    }

    /** The result in the operands' own types. */
    public static HostTensor evaluate(Op op, List<HostTensor> inputs) {
        List<Node> leaves = inputs.stream()
                .map(input -> Node.of(Scope.NONE, new LeafOp.Constant(input), List.of()))
                .toList();
        return evaluate(Node.of(Scope.NONE, op, leaves));
    }

    /** The value of a node whose leaves are constants and scalars. */
    public static HostTensor evaluate(Node result) {
        IdentityHashMap<Node, HostTensor> values = new IdentityHashMap<>();
        for (Node node : Graph.of(List.of(result)).nodes()) {
            List<HostTensor> inputs = node.inputs().stream()
                    .map(input -> Objects.requireNonNull(values.get(input)))
                    .toList();
            values.put(node, compute(node, inputs));
        }
        return Objects.requireNonNull(values.get(result));
    }

    private static HostTensor compute(Node node, List<HostTensor> inputs) {
        return switch (node.op()) {
            case LeafOp.Constant(HostTensor value) -> value;
            case LeafOp.Scalar scalar -> {
                HostTensor value = HostTensor.allocate(scalar.type());
                value.setDouble(0, scalar.value());
                yield value;
            }
            case LeafOp leaf -> throw new AssertionError("no value for " + leaf);
            case CompositeOp composite -> {
                List<Node> leaves = inputs.stream()
                        .map(input -> Node.of(Scope.NONE, new LeafOp.Constant(input), List.of()))
                        .toList();
                yield evaluate(composite.decompose(leaves));
            }
            case PrimitiveOp primitive -> {
                List<Layout> rows = inputs.stream()
                        .map(input -> Layout.contiguous(input.shape()))
                        .toList();
                List<Boolean> weights = Collections.nCopies(inputs.size(), false);
                yield Harness.run(REFERENCE, primitive, inputs, rows, weights, node.type());
            }
        };
    }
}
