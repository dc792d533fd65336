package io.github.tintype.compile;

import io.github.tintype.device.Device;
import io.github.tintype.graph.ActivationOp;
import io.github.tintype.graph.BinaryOp;
import io.github.tintype.graph.Conv2dOp;
import io.github.tintype.graph.EpilogueOp;
import io.github.tintype.graph.EpilogueOp.Step;
import io.github.tintype.graph.Graph;
import io.github.tintype.graph.GroupNormOp;
import io.github.tintype.graph.LayerNormOp;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.LinearOp;
import io.github.tintype.graph.MatMulOp;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.Op;
import io.github.tintype.graph.PermuteOp;
import io.github.tintype.graph.ReshapeOp;
import io.github.tintype.graph.UpsampleConv2dOp;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;

/**
 * Lets a kernel do the elementwise work on its result before it stores it.
 *
 * <pre>
 * %0 = conv2d(in0, w, b): f32[n,c,h,w]
 * %1 = add(in1, %0): f32[n,c,h,w]         becomes     %0 = conv2d+add+silu(in0, w, b, in1): f32[n,c,h,w]
 * %2 = silu(%1): f32[n,c,h,w]
 * </pre>
 *
 * Also where the result is permuted or reshaped first: then the other operand goes the way back instead.
 *
 * <pre>
 * %0 = linear(in0, w): f32[n,t,c]               %0 = permute[0,2,1](in1): f32[n,t,c]
 * %1 = permute[0,2,1](%0): f32[n,c,t]     becomes     %1 = linear+add(in0, w, %0): f32[n,t,c]
 * %2 = add(%1, in1): f32[n,c,t]                 %2 = permute[0,2,1](%1): f32[n,c,t]
 * </pre>
 *
 * Fires where nothing else reads what would not be stored any more, and the device says that it has a kernel. Where both operands of a
 * sum come from such kernels the first takes it: in diffusers that is the shortcut, a 1×1 convolution, which can do it on any device.
 */
final class FuseEpilogues implements Pass {
    @Override
    public String name() {
        return "fuse_epilogues";
    }

    @Override
    public Graph apply(Graph graph, PassContext context) {
        return new Fusion(graph, context.device()).apply();
    }

    private static final class Fusion {
        private final Graph graph;
        private final Device device;
        /* Of nodes of the graph as it was, and of those that stand for them. */
        private final IdentityHashMap<Node, Integer> readers;

        Fusion(Graph graph, Device device) {
            this.graph = graph;
            this.device = device;
            this.readers = Readers.count(graph);
        }

        Graph apply() {
            return Rewriter.rewrite(graph, (old, now) -> {
                Node result = fuse(now);
                readers.put(result, readers.getOrDefault(old, 0));
                return result;
            });
        }

        private Node fuse(Node node) {
            return switch (node.op()) {
                case ActivationOp(ActivationOp.Kind kind) ->
                    fuse(node, 0, new Step.Activation(kind), Optional.empty()).orElse(node);
                case BinaryOp(BinaryOp.Kind kind) ->
                    fuse(node, kind, 0).or(() -> fuse(node, kind, 1)).orElse(node);
                default -> node;
            };
        }

        private Optional<Node> fuse(Node node, BinaryOp.Kind kind, int main) {
            Node other = node.inputs().get(1 - main);
            if (other.op() instanceof LeafOp.Scalar scalar) {
                return scalarStep(kind, main, scalar.value()).flatMap(step -> fuse(node, main, step, Optional.empty()));
            }
            return switch (kind) {
                case ADD -> fuse(node, main, new Step.Add(), Optional.of(other));
                case MUL -> fuse(node, main, new Step.Mul(), Optional.of(other));
                case SUB, DIV, MAXIMUM, MINIMUM, POW -> Optional.empty();
            };
        }

        /* x − c is x + (−c), bit for bit. */
        private static Optional<Step> scalarStep(BinaryOp.Kind kind, int main, double value) {
            return switch (kind) {
                case ADD -> Optional.of(new Step.AddScalar(value));
                case SUB -> main == 0 ? Optional.of(new Step.AddScalar(-value)) : Optional.empty();
                case MUL -> Optional.of(new Step.MulScalar(value));
                case DIV, MAXIMUM, MINIMUM, POW -> Optional.empty();
            };
        }

        /* The node as a step of the kernel that makes its input main. */
        private Optional<Node> fuse(Node node, int main, Step step, Optional<Node> operand) {
            List<Node> views = new ArrayList<>(); // from the reader to the kernel
            Node kernel = node.inputs().get(main);
            if (!kernel.type().equals(node.type())) {
                return Optional.empty();
            }
            while (isBijective(kernel.op()) && isReadOnce(kernel)) {
                views.add(kernel);
                kernel = kernel.inputs().getFirst();
            }
            if (!isReadOnce(kernel) || !canBeBase(kernel.op())) {
                return Optional.empty();
            }
            List<Node> inputs = new ArrayList<>(kernel.inputs());
            if (operand.isPresent()) {
                Node other = operand.get();
                if (other.shape().rank() > 0
                        && !views.isEmpty()
                        && !other.shape().equals(node.shape())) {
                    return Optional.empty();
                }
                inputs.add(other.shape().rank() == 0 ? other : back(other, views, node));
            }
            EpilogueOp op = EpilogueOp.of(kernel.op(), step);
            List<TensorType> types = inputs.stream().map(Node::type).toList();
            if (!device.supports(op, types, kernel.type())) {
                return Optional.empty();
            }
            return Optional.of(forth(Node.of(kernel.scope(), op, inputs), views));
        }

        private boolean isReadOnce(Node node) {
            return readers.getOrDefault(node, 0) == 1;
        }

        private static boolean isBijective(Op op) {
            return op instanceof PermuteOp || op instanceof ReshapeOp;
        }

        private static boolean canBeBase(Op op) {
            return op instanceof EpilogueOp
                    || op instanceof Conv2dOp
                    || op instanceof UpsampleConv2dOp
                    || op instanceof LinearOp
                    || op instanceof MatMulOp
                    || op instanceof GroupNormOp
                    || op instanceof LayerNormOp
                    || op instanceof BinaryOp;
        }

        /* x, which lies as the last of the views does, as it lies before the first. */
        private static Node back(Node x, List<Node> views, Node reader) {
            Node result = x;
            for (Node view : views) {
                Op undo = view.op() instanceof PermuteOp(List<Integer> order)
                        ? new PermuteOp(inverse(order))
                        : new ReshapeOp(view.inputs().getFirst().shape());
                result = Node.of(reader.scope(), undo, List.of(result));
            }
            return result;
        }

        private static List<Integer> inverse(List<Integer> order) {
            Integer[] inverse = new Integer[order.size()];
            for (int i = 0; i < inverse.length; i++) {
                inverse[order.get(i)] = i;
            }
            return List.of(inverse);
        }

        private Node forth(Node x, List<Node> views) {
            Node result = x;
            for (Node view : views.reversed()) {
                readers.put(result, 1);
                result = Node.of(view.scope(), view.op(), List.of(result));
            }
            return result;
        }
    }
}
