package io.github.tintype.compile;

import io.github.tintype.graph.ArangeOp;
import io.github.tintype.graph.ExpandOp;
import io.github.tintype.graph.FullOp;
import io.github.tintype.graph.Graph;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.Node;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;

/**
 * Computes while compiling what is the same at each run: a node over constants, numbers, {@code full} and {@code arange}, as the
 * reference device defines it. Weights are never read: that is the bind stage's.
 *
 * <pre>
 * %0 = arange(): i64[3]
 * %1 = add(%0, 1.0): i64[3]          becomes     %0 = mul(in0, constant i64[3] {1.0 2.0 3.0}): i64[3]
 * %2 = mul(in0, %1): i64[3]
 * </pre>
 *
 * Only where operands and result have fixed sizes and at most {@value #MOST_ELEMENTS} elements each. What is short already as a graph
 * ({@code full}, {@code expand}) stays as it is and is folded into its readers. An operation that fails, such as a division of integers
 * by 0, stays too, and fails when it runs.
 */
final class ConstantFolding implements Pass {
    /** A mask over CLIP's 77 tokens is 5929 elements; the timestep's frequencies are 160. */
    static final int MOST_ELEMENTS = 8192;

    @Override
    public String name() {
        return "constant_folding";
    }

    @Override
    public Graph apply(Graph graph, PassContext context) {
        IdentityHashMap<Node, HostTensor> known = new IdentityHashMap<>();
        return Rewriter.rewrite(graph, (_, now) -> fold(now, known));
    }

    private static Node fold(Node node, IdentityHashMap<Node, HostTensor> known) {
        Optional<HostTensor> value = value(node, known);
        if (value.isEmpty()) {
            return node;
        }
        Node folded = isShort(node) ? node : constant(node, value.get());
        known.put(folded, value.get());
        return folded;
    }

    private static boolean isShort(Node node) {
        return node.op() instanceof LeafOp || node.op() instanceof FullOp || node.op() instanceof ExpandOp;
    }

    private static Optional<HostTensor> value(Node node, IdentityHashMap<Node, HostTensor> known) {
        if (!node.shape().isFixed() || node.shape().elements() > MOST_ELEMENTS) {
            return Optional.empty();
        }
        if (node.op() instanceof LeafOp leaf) {
            return ConstantEvaluator.leaf(leaf);
        }
        boolean source = node.op() instanceof FullOp || node.op() instanceof ArangeOp;
        if (node.inputs().isEmpty() ? !source : !known.keySet().containsAll(node.inputs())) {
            return Optional.empty();
        }
        List<HostTensor> inputs = node.inputs().stream().map(known::get).toList();
        return ConstantEvaluator.evaluate(node, inputs);
    }

    /* A single f32 number stays a number, which kernels can take into their code. */
    private static Node constant(Node node, HostTensor value) {
        boolean number = node.shape().rank() == 0 && value.dtype() == DType.F32;
        LeafOp leaf = number ? new LeafOp.Scalar(value.getDouble(0), DType.F32) : new LeafOp.Constant(value);
        return Node.of(node.scope(), leaf, List.of());
    }
}
