package io.github.tintype.compile;

import io.github.tintype.graph.Conv2dOp;
import io.github.tintype.graph.Graph;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.LinearOp;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.PermuteOp;
import io.github.tintype.graph.ReshapeOp;
import io.github.tintype.tensor.ReshapedWeight;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.Weight;
import java.util.ArrayList;
import java.util.List;

/**
 * A convolution of 1×1, stride 1, no padding and one group is a linear layer on the channels of each pixel.
 *
 * <pre>
 *                                             %0 = permute[0,2,3,1](in0): f32[n,h,w,4]
 * %0 = conv2d(in0, w): f32[n,8,h,w]   becomes   %1 = linear(%0, reshape(w, [8,4])): f32[n,h,w,8]
 *                                             %2 = permute[0,3,1,2](%1): f32[n,8,h,w]
 * </pre>
 *
 * The permutations are free where images lie channels-last, as convolutions want and leave them. Source: conv_1x1_as_mm of
 * torch._inductor.config.
 */
final class Conv1x1AsMm implements Pass {
    @Override
    public String name() {
        return "conv_1x1_as_mm";
    }

    @Override
    public Graph apply(Graph graph, PassContext context) {
        return Rewriter.rewrite(graph, (_, now) -> isPointwise(now) ? product(now) : now);
    }

    private static boolean isPointwise(Node node) {
        return node.op() instanceof Conv2dOp(int stride, int padding, int _, int groups)
                && stride == 1
                && padding == 0
                && groups == 1
                && node.inputs().get(1).dim(2).is(1)
                && node.inputs().get(1).dim(3).is(1);
    }

    private static Node product(Node conv) {
        List<Node> inputs = new ArrayList<>(conv.inputs());
        inputs.set(0, Node.of(conv.scope(), new PermuteOp(List.of(0, 2, 3, 1)), List.of(inputs.getFirst())));
        inputs.set(1, matrix(conv.inputs().get(1)));
        return Node.of(conv.scope(), new LinearOp(), inputs).then(new PermuteOp(List.of(0, 3, 1, 2)));
    }

    /* A weight stays one: kernels pack it when it is bound. */
    private static Node matrix(Node filter) {
        Shape shape = Shape.of(filter.dim(0), filter.dim(1));
        return filter.op() instanceof LeafOp.Parameter(Weight weight)
                ? Node.of(filter.scope(), new LeafOp.Parameter(new ReshapedWeight(weight, shape)), List.of())
                : filter.then(new ReshapeOp(shape));
    }
}
