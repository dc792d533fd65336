package io.github.tintype.differential;

import io.github.tintype.conformance.Oracle;
import io.github.tintype.graph.ArangeOp;
import io.github.tintype.graph.CastOp;
import io.github.tintype.graph.FullOp;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.Op;
import io.github.tintype.graph.Scope;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.DenseWeight;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import java.util.IdentityHashMap;
import java.util.List;

/**
 * What the nodes of a graph mean: every float is {@link DType#F64} and nothing is rounded, casts to narrower floats included. Operands
 * are exact: inputs and weights are what their types hold.
 */
final class Truth {
    private final List<HostTensor> inputs;
    private final IdentityHashMap<Node, HostTensor> known = new IdentityHashMap<>();

    /** @param inputs the values of {@link LeafOp.Input}s; more may be added while it is in use */
    Truth(List<HostTensor> inputs) {
        this.inputs = inputs;
    }

    /** The value of a node, in double where it is a float. Its inputs' are kept. */
    HostTensor of(Node node) {
        HostTensor value = known.get(node);
        if (value != null) {
            return value;
        }
        HostTensor made = widened(evaluate(node));
        known.put(node, made);
        return made;
    }

    private HostTensor evaluate(Node node) {
        return switch (node.op()) {
            case LeafOp.Input(int index, TensorType _) -> inputs.get(index);
            case LeafOp.Constant(HostTensor value) -> value;
            case LeafOp.Parameter(DenseWeight weight) ->
                weight.source().to(weight.type().dtype());
            case LeafOp.Scalar scalar -> {
                HostTensor value = HostTensor.allocate(scalar.type());
                value.setDouble(0, scalar.value());
                yield value;
            }
            case LeafOp leaf -> throw new IllegalArgumentException("no value for " + leaf);
            case CastOp(DType to)
            when to.isFloat() -> of(node.inputs().getFirst()).to(DType.F64);
            default -> Oracle.evaluate(Node.of(Scope.NONE, wide(node.op()), constants(node.inputs())));
        };
    }

    private List<Node> constants(List<Node> nodes) {
        return nodes.stream()
                .map(node -> Node.of(Scope.NONE, new LeafOp.Constant(of(node)), List.of()))
                .toList();
    }

    private static Op wide(Op op) {
        return switch (op) {
            case FullOp(var type, double value) when type.dtype().isFloat() -> new FullOp(type.with(DType.F64), value);
            case ArangeOp(var count, DType dtype) when dtype.isFloat() -> new ArangeOp(count, DType.F64);
            default -> op;
        };
    }

    /* A cast of an integer to a float is one to double. */
    private static HostTensor widened(HostTensor value) {
        return value.dtype().isFloat() ? value.to(DType.F64) : value;
    }
}
