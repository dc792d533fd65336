package io.github.tintype.loop.lower;

import io.github.tintype.device.Layout;
import io.github.tintype.graph.ActivationOp;
import io.github.tintype.graph.CompositeOp;
import io.github.tintype.graph.FusedOp;
import io.github.tintype.graph.Graph;
import io.github.tintype.graph.GroupNormOp;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.Node;
import io.github.tintype.loop.ValueType;
import io.github.tintype.tensor.TensorType;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * What is to be lowered: the op's steps with composites decomposed, but for group norm and some activations, and where its operands lie.
 *
 * @param steps the scalars that are steps of the op, which are arguments; those of decompositions are part of the code
 */
record Fusion(Node root, List<TensorType> inputs, List<Layout> layouts, Layout output, Axes axes, Set<Node> steps) {
    static Fusion of(FusedOp op, List<TensorType> inputs, List<Layout> layouts, Layout output) {
        Graph body = op.body(inputs);
        Set<Node> steps = Collections.newSetFromMap(new IdentityHashMap<>());
        body.nodes().stream().filter(node -> node.op() instanceof LeafOp.Scalar).forEach(steps::add);
        return new Fusion(
                new Decomposer().primitive(body.outputs().getFirst()), inputs, layouts, output, new Axes(), steps);
    }

    boolean isStep(Node scalar) {
        return steps.contains(scalar);
    }

    private static final class Decomposer {
        private final IdentityHashMap<Node, Node> done = new IdentityHashMap<>();

        Node primitive(Node output) {
            for (Node node : Graph.of(List.of(output)).nodes()) {
                if (!done.containsKey(node)) {
                    done.put(node, one(node));
                }
            }
            return result(output);
        }

        /* Whether there are loops for it that are better than those for its parts. */
        private static boolean isWritten(CompositeOp op, Node node) {
            return op instanceof GroupNormOp
                    || (op instanceof ActivationOp activation
                            && MathFunctions.has(activation.kind())
                            && ValueType.of(node.type().dtype()) == ValueType.F32);
        }

        private Node result(Node node) {
            return Objects.requireNonNull(done.get(node));
        }

        private Node one(Node node) {
            List<Node> inputs = node.inputs().stream().map(this::result).toList();
            if (node.op() instanceof CompositeOp composite && !isWritten(composite, node)) {
                inputs.forEach(input -> done.put(input, input));
                return primitive(composite.decompose(inputs));
            }
            return inputs.equals(node.inputs()) ? node : node.over(inputs);
        }
    }
}
