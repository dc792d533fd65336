package io.github.tintype.compile;

import io.github.tintype.graph.ActivationOp;
import io.github.tintype.graph.BinaryOp;
import io.github.tintype.graph.EpilogueOp;
import io.github.tintype.graph.EpilogueOp.Step;
import io.github.tintype.graph.FusedOp;
import io.github.tintype.graph.Graph;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.LinearOp;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.SliceOp;
import io.github.tintype.tensor.SliceWeight;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.tensor.Weight;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;

/**
 * A linear layer of which one half gates the other (GEGLU, SwiGLU) becomes two, whose kernels then do the gating: no half is copied,
 * and nothing of double width is stored. The weight is cut when it is bound.
 *
 * <pre>
 * %0 = linear(in0, w): f32[t,8]
 * %1 = slice[1,0,4](%0): f32[t,4]                %0 = linear(in0, slice(w, 0, 0, 4)): f32[t,4]
 * %2 = slice[1,4,8](%0): f32[t,4]      becomes     %1 = linear(in0, slice(w, 0, 4, 8)): f32[t,4]
 * %3 = gelu(%2): f32[t,4]                        %2 = gelu(%1): f32[t,4]
 * %4 = mul(%1, %3): f32[t,4]                     %3 = mul(%0, %2): f32[t,4]
 * </pre>
 *
 * Fires where nothing else reads the layer or its halves and the device can fuse ({@link FuseEpilogues}). Not where it has loops that
 * gate ({@link FuseLoops}): these read both halves as they lie, and leave the layer the one fast product that it is.
 */
final class SplitGatedLinears implements Pass {
    @Override
    public String name() {
        return "split_gated_linears";
    }

    @Override
    public Graph apply(Graph graph, PassContext context) {
        IdentityHashMap<Node, Integer> readers = Readers.count(graph);
        return Rewriter.rewrite(graph, (old, now) -> isGated(old, readers) && fuses(now, context) ? split(now) : now);
    }

    private static boolean isGated(Node node, IdentityHashMap<Node, Integer> readers) {
        if (!(node.op() instanceof BinaryOp(BinaryOp.Kind kind)) || kind != BinaryOp.Kind.MUL) {
            return false;
        }
        Node value = node.inputs().get(0);
        Node gate = node.inputs().get(1);
        if (!(gate.op() instanceof ActivationOp)) {
            return false;
        }
        Node gated = gate.inputs().getFirst();
        boolean halves = isHalf(value) && isHalf(gated) && value.inputs().equals(gated.inputs());
        if (!halves || !isSplittable(value.inputs().getFirst())) {
            return false;
        }
        return List.of(value, gate, gated).stream().allMatch(each -> readers.getOrDefault(each, 0) == 1)
                && readers.getOrDefault(value.inputs().getFirst(), 0) == 2;
    }

    private static boolean isHalf(Node node) {
        return node.op() instanceof SliceOp(int axis, long from, long to)
                && axis == node.shape().rank() - 1
                && node.inputs().getFirst().dim(axis).is(2 * (to - from))
                && (from == 0 || from == to - from);
    }

    private static boolean isSplittable(Node node) {
        return node.op() instanceof LinearOp
                && node.inputs().stream().skip(1).allMatch(input -> input.op() instanceof LeafOp.Parameter);
    }

    private static boolean fuses(Node gated, PassContext context) {
        Node whole = gated.inputs().get(0).inputs().getFirst();
        FusedOp loops = FusedOp.of(gated, List.of(whole));
        if (FuseLoops.supports(context.device(), loops, List.of(whole.type()), gated.type())) {
            return false;
        }
        Node value = half(gated.inputs().get(0));
        List<TensorType> types =
                new ArrayList<>(value.inputs().stream().map(Node::type).toList());
        types.add(value.type());
        EpilogueOp times = new EpilogueOp(value.op(), List.of(new Step.Mul()));
        return context.device().supports(times, types, value.type());
    }

    private static Node split(Node gated) {
        Node gate = gated.inputs().get(1);
        Node value = half(gated.inputs().getFirst());
        Node activated =
                Node.of(gate.scope(), gate.op(), List.of(half(gate.inputs().getFirst())));
        return Node.of(gated.scope(), gated.op(), List.of(value, activated));
    }

    /* The layer that computes a slice of a layer. */
    private static Node half(Node slice) {
        if (!(slice.op() instanceof SliceOp(int _, long from, long to))) {
            throw new IllegalStateException("no slice: " + slice);
        }
        Node whole = slice.inputs().getFirst();
        List<Node> inputs = new ArrayList<>(List.of(whole.inputs().getFirst()));
        for (Node input : whole.inputs().subList(1, whole.inputs().size())) {
            if (!(input.op() instanceof LeafOp.Parameter(Weight weight))) {
                throw new IllegalStateException("no weight: " + input);
            }
            LeafOp part = new LeafOp.Parameter(new SliceWeight(weight, 0, from, to));
            inputs.add(Node.of(input.scope(), part, List.of()));
        }
        return Node.of(whole.scope(), whole.op(), inputs);
    }
}
