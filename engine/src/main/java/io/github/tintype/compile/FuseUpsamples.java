package io.github.tintype.compile;

import io.github.tintype.graph.Conv2dOp;
import io.github.tintype.graph.Graph;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.UpsampleConv2dOp;
import io.github.tintype.graph.UpsampleNearestOp;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;

/**
 * Lets a convolution read pixels of an image twice instead of one that is four times as large.
 *
 * <pre>
 * %0 = upsample_nearest(in0): f32[n,c,2·h,2·w]      becomes     %0 = upsample_conv2d[padding=1](in0, w, b): f32[n,o,2·h,2·w]
 * %1 = conv2d[padding=1](%0, w, b): f32[n,o,2·h,2·w]
 * </pre>
 *
 * Fires where both sides double, as far as their symbols say so, nothing else reads the larger image, and the device says that it has a kernel.
 */
final class FuseUpsamples implements Pass {
    @Override
    public String name() {
        return "fuse_upsamples";
    }

    @Override
    public Graph apply(Graph graph, PassContext context) {
        IdentityHashMap<Node, Integer> readers = Readers.count(graph);
        return Rewriter.rewrite(graph, (old, now) -> {
            boolean alone = old.op() instanceof Conv2dOp
                    && readers.getOrDefault(old.inputs().getFirst(), 0) == 1;
            return alone ? fuse(now, context) : now;
        });
    }

    private static Node fuse(Node node, PassContext context) {
        Node image = node.inputs().getFirst();
        if (!(node.op() instanceof Conv2dOp conv) || !doubles(image)) {
            return node;
        }
        UpsampleConv2dOp op = new UpsampleConv2dOp(conv);
        List<Node> inputs = new ArrayList<>(node.inputs());
        inputs.set(0, image.inputs().getFirst());
        List<TensorType> types = inputs.stream().map(Node::type).toList();
        return context.device().supports(op, types, node.type()) ? Node.of(node.scope(), op, inputs) : node;
    }

    private static boolean doubles(Node image) {
        if (!(image.op() instanceof UpsampleNearestOp)) {
            return false;
        }
        Node x = image.inputs().getFirst();
        return image.dim(2).equals(x.dim(2).times(UpsampleConv2dOp.FACTOR))
                && image.dim(3).equals(x.dim(3).times(UpsampleConv2dOp.FACTOR));
    }
}
